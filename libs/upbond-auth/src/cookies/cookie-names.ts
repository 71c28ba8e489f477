/**
 * Names of our cookies. The digest tells issuer and client apart, because cookies are shared by all
 * ports of a host (RFC 6265 §8.5); `__Host-` keeps other hosts and plain http from setting them
 * (RFC 6265bis §4.1.3.2).
 */
export interface CookieNames {
  /** What the names of all our cookies start with. */
  readonly prefix: string;
  /** Start of the names of transaction cookies; the transaction id follows. */
  readonly transaction: string;
  /** Start of the names of session cookies; generation and chunk follow. */
  readonly session: string;
  /** Start of the names of tombstones; a digest of the ended session's id follows. */
  readonly tombstone: string;
  /** Name of the cookie that ends circles of repeated sign-ins. */
  readonly stepUp: string;
}

export function cookieNames(cookieDigest: string, secure: boolean): CookieNames {
  const prefix = `${secure ? '__Host-' : ''}upbond-${cookieDigest}-`;
  return {
    prefix,
    transaction: `${prefix}t-`,
    session: `${prefix}s-`,
    tombstone: `${prefix}x-`,
    stepUp: `${prefix}u`,
  };
}
