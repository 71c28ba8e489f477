/** Entries of a shared log, with the position after which reading goes on. */
export interface LogEntries {
  /** What was appended, oldest first. An entry may come again after a failover or a restart. */
  readonly entries: readonly string[];
  /** What the next {@link SharedMemory.readLog} takes; its form is the shared memory's own matter. */
  readonly position: string;
}

/**
 * What all processes of an application remember together: which `state` and logout tokens were used,
 * and which sessions were revoked. Pass one as `sharedMemory` of {@link UpbondAuthOptions}.
 * {@link RedisSharedMemory} comes with the library; extend this class to keep the memory elsewhere.
 *
 * Every method may reject. A login, a back-channel logout or a revocation that needs it is then answered
 * with 503 `session_store_unavailable`; requests with a session go on with what this process knows
 * already.
 *
 * **Security**: values are digests and times; no token or personal data is ever put here in clear. But
 * whoever can write here can sign users out, and whoever can delete here can make a revoked sealed
 * session, a used `state` or a used logout token count again in processes that have not seen it.
 */
export abstract class SharedMemory {
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
}
