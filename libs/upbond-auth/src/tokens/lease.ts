import type { LeasedRecords, RecordState } from '../shared-memory/leased-records.js';

/** A process that was killed blocks its record for so long. */
export const LEASE_SECONDS = 5;

/** The right to spend a refresh token, prolonged for as long as the call takes. */
export class Lease {
  readonly #timer: NodeJS.Timeout;
  #isOver = false;

  private constructor(
    private readonly records: LeasedRecords,
    private readonly key: string,
    private readonly owner: string,
    /** Fencing number: greater than that of every lease before. */
    readonly number: number,
  ) {
    const prolong = () => void records.prolong(key, owner, LEASE_SECONDS).catch(() => undefined);
    this.#timer = setInterval(prolong, (LEASE_SECONDS * 1000) / 3).unref();
  }

  /** The lease, or what the record holds while there is none to have. */
  static async take(
    records: LeasedRecords,
    key: string,
    owner: string,
    unlessNewerThan: number,
  ): Promise<Lease | RecordState> {
    const request = { owner, leaseSeconds: LEASE_SECONDS, unlessNewerThan };
    const { lease, ...state } = await records.lease(key, request);
    return lease === undefined ? state : new Lease(records, key, owner, lease);
  }

  /** Writes the record and gives the lease back; says whether nothing newer was there. */
  async write(value: string, ttlSeconds: number): Promise<boolean> {
    const isWritten = await this.records.writeRecord(this.key, this.number, value, ttlSeconds);
    // It was given back in the same step
    if (isWritten) this.#stop();
    return isWritten;
  }

  /** Gives the lease back, if it has not been. Never rejects: it would expire by itself. */
  async end(): Promise<void> {
    if (this.#isOver) return;
    this.#stop();
    await this.records.release(this.key, this.owner).catch(() => undefined);
  }

  #stop(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
  }
}
