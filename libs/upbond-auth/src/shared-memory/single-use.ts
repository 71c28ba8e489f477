import { hash } from 'node:crypto';
import type { SharedMemory } from './shared-memory.js';

const MAX_REMEMBERED = 100_000;

/**
 * Remembers what may be used once, such as a `state` or the `jti` of a logout token, until it would have
 * expired anyway: as digests, in bounded memory, and in all processes where there is a shared memory.
 */
export class SingleUse {
  /** Digest to expiry. Insertion order is expiry order, because all lifetimes are equal. */
  readonly #used = new Map<string, number>();

  constructor(
    private readonly purpose: string,
    private readonly lifetimeSeconds: number,
    private readonly now: () => number,
    private readonly shared?: SharedMemory,
    private readonly maxRemembered = MAX_REMEMBERED,
  ) {}

  get size(): number {
    return this.#used.size;
  }

  /** Whether this process has seen the value itself. */
  isKnownHere(value: string): boolean {
    return this.#used.has(hash('sha256', value, 'base64url'));
  }

  /** Marks a value as used; says whether this was the first use. Rejects when the shared memory does. */
  async use(value: string): Promise<boolean> {
    const digest = hash('sha256', value, 'base64url');
    if (!this.useHere(digest)) return false;
    if (!this.shared) return true;
    return this.shared.remember(`${this.purpose}:${digest}`, this.lifetimeSeconds);
  }

  private useHere(digest: string): boolean {
    this.forget();
    if (this.#used.has(digest)) return false;
    this.#used.set(digest, this.now() + this.lifetimeSeconds);
    return true;
  }

  private forget(): void {
    for (const [digest, expiresAt] of this.#used) {
      if (expiresAt > this.now() && this.#used.size < this.maxRemembered) return;
      this.#used.delete(digest);
    }
  }
}
