/** Scope values without doubles and in one order, so that the same wish is recognised (RFC 6749 §3.3). */
export function sortedScope(scope: string | readonly string[]): readonly string[] {
  const values = [scope].flat().flatMap((text) => text.split(/\s+/).filter(Boolean));
  return [...new Set(values)].sort();
}
