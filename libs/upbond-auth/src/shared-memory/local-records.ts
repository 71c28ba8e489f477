import { fencingNumber } from './fencing-number.js';
import type { LeaseAttempt, LeasedRecords, LeaseRequest, RecordState } from './leased-records.js';
import { LocalRecord } from './local-record.js';

const MAX_RECORDS = 10_000;

/**
 * Records that one process keeps for itself, in bounded memory: what has expired goes first, then what
 * was leased or written longest ago. A lease that is held never goes; where every record is leased, a
 * further one is refused with an error. Nothing waits inside, so each call is one step.
 */
export class LocalRecords implements LeasedRecords {
  /** What was leased or written last comes last. */
  readonly #records = new Map<string, LocalRecord>();
  /** One for all keys: it goes on growing when a record has given way. */
  #lastNumber = 0;

  /** @param now - the clock, in seconds since the epoch */
  constructor(
    private readonly now: () => number,
    private readonly maxRecords = MAX_RECORDS,
  ) {}

  get size(): number {
    return this.#records.size;
  }

  async readRecord(key: string): Promise<RecordState> {
    return (this.#records.get(key) ?? new LocalRecord()).state(this.time());
  }

  async lease(key: string, request: LeaseRequest): Promise<LeaseAttempt> {
    const least = fencingNumber(request.unlessNewerThan, 0);
    return this.changed(key).lease(request, this.time(), () => this.numberAbove(least));
  }

  async prolong(key: string, owner: string, leaseSeconds: number): Promise<boolean> {
    return this.#records.get(key)?.prolong(owner, leaseSeconds, this.time()) ?? false;
  }

  async writeRecord(
    key: string,
    lease: number,
    value: string,
    ttlSeconds: number,
  ): Promise<boolean> {
    const number = fencingNumber(lease, 1);
    this.#lastNumber = Math.max(this.#lastNumber, number);
    return this.changed(key).write(number, value, ttlSeconds, this.time());
  }

  async release(key: string, owner: string): Promise<void> {
    this.#records.get(key)?.release(owner, this.time());
  }

  private time(): number {
    return Math.floor(this.now() * 1000);
  }

  private numberAbove(least: number): number {
    this.#lastNumber = Math.max(this.#lastNumber, least, this.time() - 1) + 1;
    return this.#lastNumber;
  }

  /** The record, a new one if it is over, at the end of the order. */
  private changed(key: string): LocalRecord {
    const old = this.#records.get(key);
    this.#records.delete(key);
    if (!old) this.makeRoom();
    const record = old?.isOver(this.time()) === false ? old : new LocalRecord();
    this.#records.set(key, record);
    return record;
  }

  private makeRoom(): void {
    if (this.#records.size < this.maxRecords) return;
    const now = this.time();
    for (const [key, record] of this.#records) if (record.isOver(now)) this.#records.delete(key);
    for (const [key, record] of this.#records) {
      if (this.#records.size < this.maxRecords) return;
      if (!record.isHeld(now)) this.#records.delete(key);
    }
    if (this.#records.size >= this.maxRecords) throw new Error('Every record is leased');
  }
}
