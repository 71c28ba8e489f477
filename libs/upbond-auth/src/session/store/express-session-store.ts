import {
  type ExpressCompatibleStore,
  isTouchable,
  type TouchableStore,
} from './express-compatible-store.js';
import { changeRecord, loginRecord, useRecord } from './express-records.js';
import { keysOf, load, prolong } from './express-session-entries.js';
import { ExpressStoreCalls } from './express-store-calls.js';
import { MissingStoreCapabilityError } from './express-store-errors.js';
import { SessionStore, type SessionTouch, type StoredSession } from './session-store.js';

/** Settings of an {@link ExpressSessionStore}. */
export interface ExpressSessionStoreOptions {
  /**
   * How long one operation may take, in seconds, above 0 and at most 60; then it rejects and the request
   * answers 503 `session_store_unavailable`.
   *
   * @default 2
   */
  readonly timeoutSeconds?: number;
}

/**
 * Keeps sessions in any store written for `express-session`, such as `connect-pg-simple`. Use it when
 * there is a database but no Redis; with Redis, `RedisSessionStore` promises more.
 *
 * Such a store cannot write a session only if it still exists: a request in flight could bring a
 * destroyed session back. Therefore the entry of a session is written once, at login, and later only
 * touched. Newer tokens go to a second record (`<id>.2`) and the last use to a third (`<id>.used`);
 * both mean nothing without the first, so a session that is destroyed stays destroyed. Reading a session
 * asks for all three at the same time: one round trip.
 *
 * What these stores cannot promise:
 * - `atomicUpdate`: two requests that write the same session at the same moment may both be told that
 *   they did, and the later write stays; a write that the store carries out after its timeout may
 *   replace a newer one. What is written while the session is destroyed cannot be read; it is removed
 *   at once where possible, and otherwise when it expires.
 * - `index`: the sessions of a user are neither listed nor revoked.
 *
 * The store has to have a `touch` that changes only an existing entry, in one step.
 * `connect-pg-simple`, `memorystore` and express-session's own `MemoryStore` are tested; of
 * `connect-mongo` and `connect-redis` the source was read, but they were not run. Where the store's
 * option `disableTouch` is set, a session ends when its first idle time is over, used or not. Make
 * the table of `connect-pg-simple` in a migration: with `createTableIfMissing`, a store whose first
 * call fails never works again. Give a `pg.Pool` of your own an `error` listener: without one, a
 * PostgreSQL that goes away ends the process.
 *
 * **Security**: a store that drops entries before they expire to make room (`max` of `memorystore`)
 * may drop a second record before the first; the session then has the tokens of its login again.
 *
 * @see https://github.com/expressjs/session#compatible-session-stores
 */
export class ExpressSessionStore extends SessionStore {
  /** What the API of express-session leaves possible. */
  readonly capabilities = {
    /** There is no conditional write: see the list of what these stores cannot promise. */
    atomicUpdate: false,
    /** A session is found by its id alone. */
    index: false,
  } as const;

  readonly #store: TouchableStore;
  readonly #timeoutSeconds: number;

  /**
   * @param store - a store as it would be given to `express-session`
   * @param options - how long to wait for it
   * @throws MissingStoreCapabilityError if the store has no `touch`.
   * @throws RangeError if `timeoutSeconds` is not above 0 and at most 60.
   */
  constructor(store: ExpressCompatibleStore, options: ExpressSessionStoreOptions = {}) {
    super();
    if (!isTouchable(store)) throw new MissingStoreCapabilityError('touch');
    const { timeoutSeconds = 2 } = options;
    if (!(timeoutSeconds > 0 && timeoutSeconds <= 60)) {
      throw new RangeError('timeoutSeconds must be more than 0 and at most 60.');
    }
    this.#store = store;
    this.#timeoutSeconds = timeoutSeconds;
  }

  async create(session: StoredSession): Promise<void> {
    await this.#calls().set(session.id, loginRecord(session));
  }

  read(id: string): Promise<StoredSession | undefined> {
    return load(this.#calls(), id);
  }

  async update(session: StoredSession): Promise<boolean> {
    const { id, version, sealed } = session;
    const calls = this.#calls();
    const before = await load(calls, id);
    if (before?.version !== version - 1) return false;
    const changed = { ...session, expiresAt: before.expiresAt };
    await calls.set(keysOf(id).change, changeRecord(changed));
    if (changed.idleExpiresAt > before.idleExpiresAt) await prolongAll(calls, changed);
    const after = await load(calls, id);
    if (after) return after.version === version && after.sealed === sealed;
    // Destroyed meanwhile; what was written cannot be read, and is gone at the latest when it expires
    await calls.destroy(keysOf(id).change).catch(() => undefined);
    return false;
  }

  async touch(id: string, { lastSeenAt, idleExpiresAt }: SessionTouch): Promise<boolean> {
    const calls = this.#calls();
    const session = await load(calls, id);
    if (!session) return false;
    if (lastSeenAt < session.lastSeenAt) return true; // late: a newer one has been here
    return prolongAll(calls, { ...session, lastSeenAt, idleExpiresAt });
  }

  async destroy(id: string): Promise<void> {
    const calls = this.#calls();
    // First, so that a write in flight that finds it still there has its own record removed below
    await calls.destroy(id);
    const others = Object.values(keysOf(id));
    // They mean nothing now: where they cannot be removed, they may stay until they expire
    await Promise.allSettled(others.map((key) => calls.destroy(key)));
  }

  /** @throws MissingStoreCapabilityError always: these stores have no index. */
  async listBySubject(): Promise<never> {
    throw new MissingStoreCapabilityError('index');
  }

  /** @throws MissingStoreCapabilityError always: these stores have no index. */
  async destroyAll(): Promise<never> {
    throw new MissingStoreCapabilityError('index');
  }

  #calls(): ExpressStoreCalls {
    return new ExpressStoreCalls(this.#store, this.#timeoutSeconds);
  }
}

async function prolongAll(calls: ExpressStoreCalls, session: StoredSession): Promise<boolean> {
  const { id, version, expiresAt } = session;
  const idleExpiresAt = Math.min(session.idleExpiresAt, expiresAt);
  const { change, use } = keysOf(id);
  // Stores with a lifetime of their own prolong only what is touched
  if (version > 1) await prolong(calls, change, { ...session, idleExpiresAt: expiresAt });
  if (!(await prolong(calls, id, { ...session, idleExpiresAt }))) return false;
  await calls.set(use, useRecord(session));
  return true;
}
