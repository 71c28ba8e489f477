const MAX_LENGTH = 2000;
const ANYWHERE = 'http://anywhere.invalid';

/**
 * Whether a value is a path of this very site that a browser can be sent to.
 *
 * **Security**: this is the only rule that keeps logins from becoming an open redirector (RFC 9700
 * §4.11.1). It is asked when a path is stored and again when it is used, and nothing is decoded in
 * between. What browsers resolve is WHATWG URL syntax, in which a backslash is a slash and tabs and
 * line breaks vanish: such characters are refused, not repaired.
 */
export function isReturnTo(value: unknown): value is string {
  if (typeof value !== 'string' || value.length >= MAX_LENGTH) return false;
  if (!/^\/(?![/\\])[\x21-\x7e]*$/.test(value) || value.includes('\\')) return false;
  if (!URL.canParse(value, ANYWHERE)) return false;
  const { origin, pathname } = new URL(value, ANYWHERE);
  // Dot segments can leave a path that starts with two slashes: /.//host
  return origin === ANYWHERE && !pathname.startsWith('//');
}

/** The value when it is a path of this site, and the default page otherwise. */
export function returnToOr(defaultReturnTo: string, value: unknown): string {
  return isReturnTo(value) ? value : defaultReturnTo;
}
