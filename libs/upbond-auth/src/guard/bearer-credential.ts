const MAX_LENGTH = 16_384;
const SCHEME = 'bearer';
/** What a longer scheme that begins like it would go on with (RFC 9110 §5.6.2 and §11.1). */
const TOKEN_CHARACTER = /[\w!#$%&'*+.^`|~-]/;
/** RFC 6750 §2.1 */
const B64TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

/** A bearer token as it was sent, or why there is none although there should be. */
export type BearerCredential = { readonly token: string } | { readonly problem: string };

/**
 * The bearer token of the `Authorization` headers of a request; `undefined` when none of them speaks
 * of one. Other schemes, such as that of a proxy in front of the application, are none of ours.
 */
export function bearerCredential(headers: readonly string[]): BearerCredential | undefined {
  const presented = presentedCredential(headers);
  return presented && wellFormed(presented);
}

/**
 * The same, with whatever follows the scheme: of a token that was seen before nobody has to ask whether
 * it is well-formed, which costs as much as its digest.
 */
export function presentedCredential(headers: readonly string[]): BearerCredential | undefined {
  if (!headers.some(isBearer)) return undefined;
  const header = headers[0] ?? '';
  if (headers.length > 1) return { problem: 'more than one Authorization header' };
  if (header.length > MAX_LENGTH) return { problem: 'longer than 16 kB' };
  return { token: afterSpaces(header) };
}

/** RFC 9110 §11.1: in any letter case. */
function isBearer(header: string): boolean {
  const isNamed = header.slice(0, SCHEME.length).toLowerCase() === SCHEME;
  return isNamed && !TOKEN_CHARACTER.test(header.charAt(SCHEME.length));
}

/** What follows the scheme and at least one space (RFC 6750 §2.1). */
function afterSpaces(header: string): string {
  let start = SCHEME.length;
  while (header[start] === ' ') start += 1;
  return start > SCHEME.length ? header.slice(start) : '';
}

/** One b64token, and nothing after it. */
export function wellFormed(credential: BearerCredential): BearerCredential {
  if ('problem' in credential || B64TOKEN.test(credential.token)) return credential;
  return { problem: 'no single b64token after the scheme' };
}
