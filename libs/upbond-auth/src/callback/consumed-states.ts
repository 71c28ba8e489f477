import { hash } from 'node:crypto';

const MAX_REMEMBERED = 100_000;

/**
 * Remembers which `state` values were answered already, until they would have expired anyway, as
 * digests and in bounded memory. A sealed cookie has no memory of its own: deleting it cannot stop a
 * copy of the same callback that is sent with the old cookie.
 */
export class ConsumedStates {
  /** Digest to expiry. Insertion order is expiry order, because all lifetimes are equal. */
  readonly #consumed = new Map<string, number>();

  constructor(
    private readonly lifetimeSeconds: number,
    private readonly now: () => number,
    private readonly maxRemembered = MAX_REMEMBERED,
  ) {}

  get size(): number {
    return this.#consumed.size;
  }

  /** Marks a state as answered; says whether this was the first answer. */
  consume(state: string): boolean {
    this.forget();
    const digest = hash('sha256', state, 'base64');
    if (this.#consumed.has(digest)) return false;
    this.#consumed.set(digest, this.now() + this.lifetimeSeconds);
    return true;
  }

  private forget(): void {
    for (const [digest, expiresAt] of this.#consumed) {
      if (expiresAt > this.now() && this.#consumed.size < this.maxRemembered) return;
      this.#consumed.delete(digest);
    }
  }
}
