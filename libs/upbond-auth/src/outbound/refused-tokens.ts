import { hash } from 'node:crypto';

const MAX_REMEMBERED = 1000;

/**
 * Access tokens that a service refused although they were fresh: another refresh would be in vain, and a
 * service that refuses everything would cause one with every call. As digests, in bounded memory.
 */
export class RefusedTokens {
  readonly #digests = new Set<string>();

  add(accessToken: string): void {
    this.#digests.add(digestOf(accessToken));
    if (this.#digests.size <= MAX_REMEMBERED) return;
    const [oldest] = this.#digests;
    if (oldest !== undefined) this.#digests.delete(oldest);
  }

  has(accessToken: string): boolean {
    return this.#digests.has(digestOf(accessToken));
  }
}

function digestOf(accessToken: string): string {
  return hash('sha256', accessToken, 'base64url');
}
