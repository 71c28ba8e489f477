const MAX_LENGTH = 16_384;
/** The scheme, and not a longer one that begins like it (RFC 9110 §5.6.2 and §11.1). */
const BEARER = /^bearer(?![\w!#$%&'*+.^`|~-])/i;
const SCHEME = /^bearer +/i;
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
  if (!headers.some((header) => BEARER.test(header))) return undefined;
  const [header = '', ...others] = headers;
  if (others.length > 0) return { problem: 'more than one Authorization header' };
  if (header.length > MAX_LENGTH) return { problem: 'longer than 16 kB' };
  const scheme = SCHEME.exec(header)?.[0] ?? '';
  return { token: scheme && header.slice(scheme.length) };
}

/** One b64token, and nothing after it. */
export function wellFormed(credential: BearerCredential): BearerCredential {
  if ('problem' in credential || B64TOKEN.test(credential.token)) return credential;
  return { problem: 'no single b64token after the scheme' };
}
