import { hash } from 'node:crypto';

const MAX_REMEMBERED = 5000;

/**
 * Remembers the claims of tokens that were verified, never those that were refused: keyed by a digest
 * of the whole token, bounded, and no longer than the token lives.
 */
export class VerifiedTokens<Claims extends { readonly exp: number }> {
  readonly #claims = new Map<string, Claims>();

  /** @param now seconds since the epoch */
  constructor(
    private readonly now: () => number,
    private readonly maxRemembered = MAX_REMEMBERED,
  ) {}

  get size(): number {
    return this.#claims.size;
  }

  digest(token: string): string {
    return hash('sha256', token, 'base64');
  }

  get(digest: string): Claims | undefined {
    const claims = this.#claims.get(digest);
    if (!claims || claims.exp > this.now()) return claims;
    this.#claims.delete(digest);
    return undefined;
  }

  remember(digest: string, claims: Claims): void {
    // Within the leeway it is still accepted, but not without looking again
    if (claims.exp <= this.now()) return;
    if (this.#claims.size >= this.maxRemembered) {
      const [oldest] = this.#claims.keys();
      if (oldest !== undefined) this.#claims.delete(oldest);
    }
    this.#claims.set(digest, claims);
  }
}
