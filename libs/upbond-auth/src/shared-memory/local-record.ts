import type { LeaseAttempt, LeaseRequest, RecordState } from './leased-records.js';

/** One record of {@link LocalRecords}. All times are in milliseconds since the epoch, as numbers are. */
export class LocalRecord {
  #value = '';
  /** Keeps late writers away even when the value has expired, for as long as the record stays. */
  #writtenAs = 0;
  #freshUntil = 0;
  #owner = '';
  #lease = 0;
  #heldUntil = 0;

  isHeld(now: number): boolean {
    return this.#heldUntil > now;
  }

  /** Whether neither a value nor a lease counts any more. */
  isOver(now: number): boolean {
    return this.#freshUntil <= now && !this.isHeld(now);
  }

  state(now: number): RecordState {
    if (this.#freshUntil <= now) return { value: undefined, writtenAs: 0 };
    return { value: this.#value, writtenAs: this.#writtenAs };
  }

  lease(request: LeaseRequest, now: number, nextNumber: () => number): LeaseAttempt {
    const { owner, leaseSeconds, unlessNewerThan } = request;
    const state = this.state(now);
    const isNewer = state.writtenAs > unlessNewerThan;
    if (isNewer) this.release(owner, now);
    if (isNewer || (this.isHeld(now) && this.#owner !== owner)) {
      return { ...state, lease: undefined };
    }
    if (!this.isHeld(now)) this.#lease = nextNumber();
    this.#owner = owner;
    this.#heldUntil = now + leaseSeconds * 1000;
    return { ...state, lease: this.#lease };
  }

  prolong(owner: string, leaseSeconds: number, now: number): boolean {
    if (!this.isHeld(now) || this.#owner !== owner) return false;
    this.#heldUntil = now + leaseSeconds * 1000;
    return true;
  }

  write(lease: number, value: string, ttlSeconds: number, now: number): boolean {
    if (this.#writtenAs > lease) return false;
    if (this.#writtenAs === lease) return this.#value === value;
    if (this.#lease === lease) this.#heldUntil = 0;
    this.#value = value;
    this.#writtenAs = lease;
    this.#freshUntil = now + ttlSeconds * 1000;
    return true;
  }

  release(owner: string, now: number): void {
    if (this.isHeld(now) && this.#owner === owner) this.#heldUntil = 0;
  }
}
