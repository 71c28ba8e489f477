/** What the library keeps cookies for, and how their names go on after `upbond-<digest>-`. */
const KINDS = { transaction: 't-', session: 's-', tombstone: 'x-', stepUp: 'u', any: '' } as const;

export type CookieKind = keyof typeof KINDS;

/**
 * Whether a cookie of this name, or a `Set-Cookie` line, is one of the library's of that kind. To look for
 * `-s-` anywhere is not enough: digests and identifiers are base64url and contain that by chance.
 */
export function isCookie(kind: CookieKind, nameOrLine: string): boolean {
  return new RegExp(`^(__Host-)?upbond-[\\w-]{6}-${KINDS[kind]}`).test(nameOrLine);
}

/** The `Set-Cookie` lines of an answer that set cookies of that kind, without those that delete one. */
export function cookiesSet(kind: CookieKind, { headers }: { readonly headers: Headers }): string[] {
  return headers.getSetCookie().filter((line) => isCookie(kind, line) && !/^[^=]*=;/.test(line));
}
