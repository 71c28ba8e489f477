/** What a store was asked for that it cannot do. */
export type MissingStoreCapability = 'touch' | 'index';

const MISSING: Readonly<Record<MissingStoreCapability, string>> = {
  touch:
    'This store has no touch(). Without it a session can only be prolonged by writing it, and a request in flight would bring a destroyed session back. Use a store that has touch(), such as connect-pg-simple.',
  index:
    'An express-session store finds sessions by id only: it cannot list or revoke the sessions of a user. Use RedisSessionStore, or a SessionStore of your own with the capability "index".',
};

/**
 * Thrown when a store of express-session is asked for what it cannot do. `ExpressSessionStore` throws
 * it at once for a store without `touch`, and rejects with it where an index is needed.
 */
export class MissingStoreCapabilityError extends Error {
  /** What is missing. */
  readonly capability: MissingStoreCapability;

  constructor(capability: MissingStoreCapability) {
    super(MISSING[capability]);
    this.name = 'MissingStoreCapabilityError';
    this.capability = capability;
  }
}

/** A method of an express-session store. */
export type ExpressStoreOperation = 'get' | 'set' | 'touch' | 'destroy';

/**
 * `ExpressSessionStore` rejects with it when the store answers with an error, throws, or does not
 * answer in time. What the store said is the `cause`.
 */
export class ExpressStoreError extends Error {
  /** The method of the store that failed. */
  readonly operation: ExpressStoreOperation;
  /** Whether the store said so, or nothing in time. */
  readonly reason: 'failed' | 'timeout';

  constructor(
    operation: ExpressStoreOperation,
    reason: 'failed' | 'timeout',
    options?: ErrorOptions,
  ) {
    const what = reason === 'timeout' ? 'did not answer in time' : 'failed';
    super(`The session store ${what} (${operation}).`, options);
    this.name = 'ExpressStoreError';
    this.operation = operation;
    this.reason = reason;
  }
}
