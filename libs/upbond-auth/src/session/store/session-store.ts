import type { SharedMemory } from '../../shared-memory/shared-memory.js';

/**
 * A session as a store keeps it. Everything about the user is inside `sealed`, encrypted with a key that
 * only the browser's cookie holds: a dumped store is useless. What lies outside is what listing,
 * revoking and expiring need.
 */
export interface StoredSession {
  /** Digest of the session id; the id itself is only in the browser's cookie. */
  readonly id: string;
  /** Counts the writes of this session, from 1: a late writer cannot overwrite a newer one. */
  readonly version: number;
  /** Digest of the instance and the subject. */
  readonly subject: string;
  /** Digest of the instance and `sid`, when the authorization server sent one. */
  readonly sid?: string | undefined;
  /** When the login happened, in seconds since the epoch. */
  readonly createdAt: number;
  /** When the session was last used, in seconds since the epoch; written at most once a minute. */
  readonly lastSeenAt: number;
  /** When the session ends unless it is used, in seconds since the epoch. */
  readonly idleExpiresAt: number;
  /** When the session ends in any case, in seconds since the epoch. */
  readonly expiresAt: number;
  /** `User-Agent` of the login, cut to 256 characters. Text from outside: escape it in pages. */
  readonly userAgent?: string | undefined;
  /** The encrypted session. */
  readonly sealed: string;
}

/** The members of a {@link StoredSession} that using a session changes. */
export type SessionTouch = Pick<StoredSession, 'lastSeenAt' | 'idleExpiresAt'>;

/**
 * What a {@link SessionStore} can promise. A store without `atomicUpdate` is warned of at boot; without an
 * `index`, {@link SessionService.list} throws `session_index_missing`.
 */
export interface SessionStoreCapabilities {
  /** `update` and `touch` change a session only if it still exists, in one step. */
  readonly atomicUpdate: boolean;
  /** `listBySubject` and the revocations by subject or `sid` work. */
  readonly index: boolean;
}

/**
 * Which sessions a revocation means: those of a subject or of a `sid` that began before a time. One of
 * the two is set.
 *
 * @see OpenID Connect Back-Channel Logout 1.0 §2.7
 */
export interface SessionSelector {
  /** Digest of the instance and the subject. */
  readonly subject?: string;
  /** Digest of the instance and `sid`. */
  readonly sid?: string;
  /** Only sessions created before this time, in seconds since the epoch. */
  readonly createdBefore: number;
}

/**
 * Where sessions are kept on the server. Use {@link RedisSessionStore} or {@link ExpressSessionStore},
 * or extend it for a store of your own, and pass it as `sessionStore` of {@link UpbondAuthOptions}.
 *
 * Every method may reject; the request then answers 503 `session_store_unavailable`, and public routes
 * go on without a user. Methods must not take longer than a few seconds. Ids and digests are base64url,
 * times are seconds since the epoch and can have fractions.
 *
 * **Security**: entries are encrypted with a key that only the browser's cookie holds, so who reads the
 * store reads no session. Who writes to it can end sessions or put an older entry of the same session
 * back, but cannot make one.
 */
export abstract class SessionStore {
  /** What this store can promise. */
  abstract readonly capabilities: SessionStoreCapabilities;

  /** What all processes can remember together besides sessions, when the store's server can do it. */
  readonly sharedMemory?: SharedMemory;

  /** Writes a new session that disappears at `idleExpiresAt` unless it is touched. */
  abstract create(session: StoredSession): Promise<void>;

  /** The session with this id, if it exists and has not expired. */
  abstract read(id: string): Promise<StoredSession | undefined>;

  /**
   * Replaces a session, if it still exists and its version is the one before; says whether it did. A
   * destroyed session must not come back to life by this. Refreshed tokens are kept by it.
   */
  abstract update(session: StoredSession): Promise<boolean>;

  /** Prolongs a session, if it still exists; says whether it did. */
  abstract touch(id: string, touch: SessionTouch): Promise<boolean>;

  /** Ends a session. It is no error if there is none. */
  abstract destroy(id: string): Promise<void>;

  /**
   * The sessions of a subject that have not expired. Never called without the capability `index`.
   *
   * @param subject - digest of the instance and the subject
   */
  abstract listBySubject(subject: string): Promise<readonly StoredSession[]>;

  /**
   * Ends the sessions that a selector means; answers how many there were. A session that is being
   * created at the same time and is meant must not survive it. Never called without the capability
   * `index`.
   */
  abstract destroyAll(selector: SessionSelector): Promise<number>;
}
