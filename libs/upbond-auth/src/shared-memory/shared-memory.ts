/** An entry of a shared log, with the position after which reading goes on. */
export interface LogEntries {
  readonly entries: readonly string[];
  readonly position: string;
}

/**
 * What all processes of an application remember together: which `state` and logout tokens were used,
 * and what was revoked. `RedisSharedMemory` is the one that comes with the library.
 *
 * **Security**: values are digests and times; no token or personal data is ever put here in clear.
 */
export abstract class SharedMemory {
  /** Remembers a key for some seconds; says whether it was new. One step for all processes. */
  abstract remember(key: string, ttlSeconds: number): Promise<boolean>;

  /** Appends an entry to a log that every process reads; it is kept for at least some seconds. */
  abstract append(log: string, entry: string, ttlSeconds: number): Promise<void>;

  /** The entries after a position, or all of them without one. */
  abstract readLog(log: string, position: string | undefined): Promise<LogEntries>;
}
