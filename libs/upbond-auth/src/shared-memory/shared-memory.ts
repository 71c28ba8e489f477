import type { LeaseAttempt, LeasedRecords, LeaseRequest, RecordState } from './leased-records.js';

/** Entries of a shared log, with the position after which reading goes on. */
export interface LogEntries {
  /** What was appended, oldest first. An entry may come again after a failover or a restart. */
  readonly entries: readonly string[];
  /** What the next {@link SharedMemory.readLog} takes; its form is the shared memory's own matter. */
  readonly position: string;
}

/**
 * What all processes of an application remember together: which `state` and logout tokens were used,
 * which sessions were revoked, and what one process did for all, such as a refresh. Pass one as `sharedMemory` of {@link UpbondAuthOptions}.
 * {@link RedisSharedMemory} comes with the library; extend this class to keep the memory elsewhere.
 *
 * Every method may reject. A login, a back-channel logout or a revocation that needs it is then answered
 * with 503 `session_store_unavailable`; requests with a session go on with what this process knows
 * already.
 *
 * **Security**: values are digests, times and sealed text; no token or personal data is ever put here in
 * clear. But whoever can write here can sign users out, and whoever can delete here can make a revoked
 * sealed session, a used `state` or a used logout token count again in processes that have not seen it,
 * and let two processes work on the same thing at a time.
 */
export abstract class SharedMemory implements LeasedRecords {
  /**
   * Remembers a key; says whether it was new. Of any number of processes that ask at the same time,
   * exactly one is told so.
   *
   * @param key - purpose and digest
   * @param ttlSeconds - how long to remember it, in seconds
   */
  abstract remember(key: string, ttlSeconds: number): Promise<boolean>;

  /**
   * Appends an entry to a log that every process reads.
   *
   * @param log - name of the log
   * @param entry - one line of text
   * @param ttlSeconds - how long the entry has to be kept at least, in seconds
   */
  abstract append(log: string, entry: string, ttlSeconds: number): Promise<void>;

  /**
   * The entries after a position, oldest first. Every process asks more than twice a second. A position
   * that the log does not know any more, because it was lost, has to be answered with all entries.
   *
   * @param log - name of the log
   * @param position - of the answer before, or `undefined` for all entries
   */
  abstract readLog(log: string, position: string | undefined): Promise<LogEntries>;

  /**
   * What a record holds; waits for no lease.
   *
   * @param key - purpose and digest
   */
  abstract readRecord(key: string): Promise<RecordState>;

  /**
   * Takes the lease of a record, unless somebody else holds it or a newer value is there, and reads the
   * record: in one step. {@link LeasedRecords} has the rules that all records follow.
   *
   * @param key - purpose and digest
   * @param request - who asks, for how long, and which value makes the lease unnecessary
   * @throws RangeError if `unlessNewerThan` is no whole number from 0 to 2⁵² exclusive.
   */
  abstract lease(key: string, request: LeaseRequest): Promise<LeaseAttempt>;

  /**
   * Lets the owner's lease end so many seconds from now; says whether it still held it.
   *
   * @param key - purpose and digest
   * @param owner - who holds the lease
   * @param leaseSeconds - for how long from now, in seconds
   */
  abstract prolong(key: string, owner: string, leaseSeconds: number): Promise<boolean>;

  /**
   * Writes a value, unless the record was written under a greater fencing number, and gives the lease
   * back if it is still that one: in one step. Says whether the record was written so, also for a repeat.
   *
   * @param key - purpose and digest
   * @param lease - fencing number of the lease under which the value came about
   * @param value - the result, sealed
   * @param ttlSeconds - how long to keep it, in seconds
   * @throws RangeError if `lease` is no whole number from 1 to 2⁵² exclusive.
   */
  abstract writeRecord(
    key: string,
    lease: number,
    value: string,
    ttlSeconds: number,
  ): Promise<boolean>;

  /**
   * Gives the owner's lease back without writing. Nothing happens if the owner holds none.
   *
   * @param key - purpose and digest
   * @param owner - who holds the lease
   */
  abstract release(key: string, owner: string): Promise<void>;
}
