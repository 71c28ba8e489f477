/** What Redis answers first in an error, for example `READONLY` or `CLUSTERDOWN`. */
const REPLY_CODE = /^[A-Z]{2,}(?=\s|$)/;

/**
 * Thrown when Redis did not do what was asked: it is down, slow, or refuses. It names the reason and
 * never a key or a value: the clients' own errors carry the command with all its arguments.
 */
export class RedisError extends Error {
  /** `timeout`, the code of Redis's answer (`READONLY`), of the system (`ECONNREFUSED`) or of the client. */
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.name = 'RedisError';
    this.code = code;
  }

  /** What a client threw, without what it carries. */
  static from(thrown: unknown): RedisError {
    if (thrown instanceof RedisError) return thrown;
    const code = codeOf(thrown);
    return new RedisError(`Redis could not do it (${code})`, code);
  }
}

function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'unknown';
  const { code } = thrown as NodeJS.ErrnoException;
  return REPLY_CODE.exec(thrown.message)?.[0] ?? (typeof code === 'string' ? code : thrown.name);
}
