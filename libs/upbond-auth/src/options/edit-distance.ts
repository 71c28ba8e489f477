/** How many letters to insert, delete or replace to turn one word into the other, ignoring case. */
export function distance(one: string, other: string): number {
  const [rows, columns] = [one.toLowerCase(), other.toLowerCase()];
  let previous = Array.from({ length: columns.length + 1 }, (_, column) => column);
  for (const [row, letter] of Array.from(rows).entries()) {
    const current = [row + 1];
    for (let column = 0; column < columns.length; column += 1) {
      const replaced = at(previous, column) + (letter === columns[column] ? 0 : 1);
      current.push(Math.min(replaced, at(previous, column + 1) + 1, at(current, column) + 1));
    }
    previous = current;
  }
  return at(previous, columns.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
