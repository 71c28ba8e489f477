/** Values of our cookies by name. A name can come more than once: another path or a sibling host set it. */
export type OwnCookies = ReadonlyMap<string, readonly string[]>;

const NONE: OwnCookies = new Map();

/** All characters of our own names; no cookie of ours has another, and no other could be deleted. */
const NAME = /^[\w.-]+$/;

/**
 * Reads the cookies whose names start with the prefix, keeping duplicates: which of them is genuine is
 * decided by opening them, not by their order (RFC 6265 §5.4 leaves it to the browser).
 */
export function ownCookies(header: string | undefined, prefix: string): OwnCookies {
  if (!header || !header.includes(prefix)) return NONE;
  const found = new Map<string, string[]>();
  for (let start = 0, end = 0; start <= header.length; start = end + 1) {
    end = header.indexOf(';', start);
    if (end < 0) end = header.length;
    while (isBlank(header[start])) start += 1;
    if (!header.startsWith(prefix, start)) continue; // most cookies are not ours
    const pair = header.slice(start, end);
    const equals = pair.indexOf('=');
    if (equals < 1) continue;
    const name = trimmed(pair, 0, equals);
    if (!NAME.test(name)) continue;
    const value = unquoted(trimmed(pair, equals + 1, pair.length));
    const values = found.get(name);
    if (values) values.push(value);
    else found.set(name, [value]);
  }
  return found;
}

/**
 * A part of the text without the spaces and tabs around it (RFC 6265 §5.2). Whatever else `trim()` would
 * take away is part of the name for a browser, which then does not hold it to the rules of `__Host-`. A
 * regular expression would try every character of a session for the end of the text.
 */
function trimmed(text: string, start: number, end: number): string {
  while (start < end && isBlank(text[start])) start += 1;
  while (end > start && isBlank(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}

/** RFC 6265 §4.1.1 allows a value in double quotes. */
function unquoted(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"')
    ? value.slice(1, -1)
    : value;
}
