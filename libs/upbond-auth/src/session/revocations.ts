import type { SessionDigests } from './session-digests.js';

const MAX_REMEMBERED = 100_000;

/** Ends sessions before their time: one of them, or all of a subject or `sid` that began before. */
export interface Revocation {
  readonly kind: 'id' | 'subject' | 'sid';
  /** Digest of what it means. */
  readonly digest: string;
  /** Sessions that began later are not meant; in seconds since the epoch. */
  readonly createdBefore: number;
}

/**
 * The revocations that a process knows of. A sealed cookie cannot be taken back, so what was revoked is
 * remembered until every session it means has ended by itself. Bounded; the oldest give way.
 */
export class Revocations {
  readonly #revoked = new Map<string, number>();

  constructor(private readonly maxRemembered = MAX_REMEMBERED) {}

  get size(): number {
    return this.#revoked.size;
  }

  add({ kind, digest, createdBefore }: Revocation): void {
    const key = kind + digest;
    const before = Math.max(createdBefore, this.#revoked.get(key) ?? 0);
    this.#revoked.delete(key); // the newest is the last to give way
    this.#revoked.set(key, before);
    const [oldest] = this.#revoked.keys();
    if (this.#revoked.size > this.maxRemembered && oldest !== undefined) {
      this.#revoked.delete(oldest);
    }
  }

  isRevoked({ id, subject, sid }: SessionDigests, createdAt: number): boolean {
    if (this.#revoked.size === 0) return false;
    return (
      this.means(`id${id}`, createdAt) ||
      this.means(`subject${subject}`, createdAt) ||
      (sid !== undefined && this.means(`sid${sid}`, createdAt))
    );
  }

  /** Forgets what can mean no living session any more. */
  forget(createdBefore: number): void {
    for (const [key, before] of this.#revoked) {
      if (before < createdBefore) this.#revoked.delete(key);
    }
  }

  private means(key: string, createdAt: number): boolean {
    const before = this.#revoked.get(key);
    return before !== undefined && createdAt <= before;
  }
}
