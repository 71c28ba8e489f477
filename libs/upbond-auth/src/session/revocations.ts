import type { SessionDigests } from './session-digests.js';

const MAX_REMEMBERED = 100_000;

/** Ends sessions before their time: one of them, or all of a subject or `sid` that began before. */
const KINDS = ['id', 'subject', 'sid', 'subject without sid'] as const;

export interface Revocation {
  readonly kind: (typeof KINDS)[number];
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
    if (this.#revoked.size === 0) return false; // as usual, and every request asks
    return (
      this.means(`id${id}`, createdAt) ||
      this.means(`subject${subject}`, createdAt) ||
      this.means(sid === undefined ? `subject without sid${subject}` : `sid${sid}`, createdAt)
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

/** A revocation as it was written, or nothing for what is none. */
export function parseRevocation(text: string): Revocation | undefined {
  try {
    const { kind, digest, createdBefore } = JSON.parse(text) as Partial<Revocation>;
    const isComplete = typeof digest === 'string' && Number.isFinite(createdBefore);
    if (!isComplete || !KINDS.some((known) => known === kind)) return undefined;
    return { kind, digest, createdBefore } as Revocation;
  } catch {
    return undefined;
  }
}
