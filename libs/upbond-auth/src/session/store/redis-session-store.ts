import type { RedisClient } from '../../shared-memory/redis-client.js';
import { type RedisCommands, RedisConnection } from '../../shared-memory/redis-connection.js';
import { RedisSharedMemory } from '../../shared-memory/redis-shared-memory.js';
import type { RedisStoreOptions } from '../../shared-memory/redis-store-options.js';
import { FIELDS, fromHash, toHash } from './redis-session-fields.js';
import { type ListedSession, RedisSessionIndex } from './redis-session-index.js';
import { CREATE, END, TOUCH, UPDATE } from './redis-session-scripts.js';
import {
  type SessionSelector,
  SessionStore,
  type SessionTouch,
  type StoredSession,
} from './session-store.js';

/**
 * Keeps sessions in Redis (6 or newer) or Valkey: a single server, behind Sentinel, or a cluster. It
 * takes the application's own client of `ioredis` or `redis` and never closes it.
 *
 * Every session is one key that expires with it, and every change of it one step, so that a request
 * in flight cannot bring back a session that has ended. In a cluster the lists by subject and `sid`
 * lie on other nodes than the sessions; no step spans two of them, and no hash tag is needed.
 *
 * Every method throws an error without keys and values in it when Redis is down, refuses, or does not
 * answer within `timeoutSeconds`; once Redis is back, the next call works.
 *
 * **Security**: Redis copies to its replicas late. What it confirmed in the moment before a failover
 * can be lost, a logout too; `min-replicas-to-write` makes that moment short.
 *
 * Without an access list, whoever reaches that Redis can end sessions; what is in them stays encrypted.
 *
 * @see {@link RedisSharedMemory} for the same client when sessions stay in cookies.
 */
export class RedisSessionStore extends SessionStore {
  /** It can do everything that a store can promise. */
  readonly capabilities = {
    /** `update` and `touch` change a session only if it still exists, in one step. */
    atomicUpdate: true,
    /** Sessions are found by their user, and by the session at the authorization server. */
    index: true,
  } as const;

  /** In the same Redis, through the same client. */
  override readonly sharedMemory: RedisSharedMemory;
  readonly #connection: RedisConnection;
  readonly #index: RedisSessionIndex;

  /**
   * @param client - what the application connected and closes: `Redis` or `Cluster` of `ioredis`, or what
   * `createClient`, `createClientPool`, `createCluster` or `createSentinel` of `redis` 5 returns
   * @param options - `keyPrefix`, with which the names of all keys begin (default `'upbond:'`), and
   * `timeoutSeconds`, after which a call is given up (above 0, at most 60, default 2)
   * @throws TypeError if `client` is no client; RangeError if `timeoutSeconds` is out of range.
   */
  constructor(client: RedisClient, options?: RedisStoreOptions) {
    super();
    this.#connection = new RedisConnection(client, options);
    this.#index = new RedisSessionIndex(this.#connection);
    this.sharedMemory = new RedisSharedMemory(client, options);
  }

  create(session: StoredSession): Promise<void> {
    return this.#connection.within(async (redis) => {
      await this.#index.add(redis, session);
      await redis.run(CREATE, this.#key(session.id), ...toHash(session));
      // A revocation that ran between the two lines above has not found the session.
      if (await this.#index.isEnded(redis, session)) await this.#end(redis, session.id);
    });
  }

  read(id: string): Promise<StoredSession | undefined> {
    return this.#connection.within((redis) => this.#read(redis, id));
  }

  update(session: StoredSession): Promise<boolean> {
    const { id, version, sealed, lastSeenAt } = session;
    const args = [String(version), sealed, String(lastSeenAt), ...toHash(session)];
    return this.#connection.within(async (redis) => {
      await this.#index.add(redis, session);
      return Number(await redis.run(UPDATE, this.#key(id), ...args)) === 1;
    });
  }

  touch(id: string, { lastSeenAt, idleExpiresAt }: SessionTouch): Promise<boolean> {
    const args = [String(lastSeenAt), String(idleExpiresAt)];
    return this.#connection.within(
      async (redis) => Number(await redis.run(TOUCH, this.#key(id), ...args)) === 1,
    );
  }

  async destroy(id: string): Promise<void> {
    await this.#connection.within((redis) => this.#end(redis, id));
  }

  listBySubject(subject: string): Promise<readonly StoredSession[]> {
    return this.#connection.within(async (redis) => {
      const listed = await this.#index.list(redis, 'subject', subject);
      const found = await Promise.all(listed.map((one) => this.#readListed(redis, subject, one)));
      return found.filter((session) => session?.subject === subject) as StoredSession[];
    });
  }

  destroyAll(selector: SessionSelector): Promise<number> {
    const kind = selector.sid ? 'sid' : 'subject';
    const name = selector[kind];
    if (!name) return Promise.reject(new TypeError('A selector needs a subject or a sid'));
    return this.#connection.within(async (redis) => {
      await this.#index.endBefore(redis, kind, selector);
      const listed = await this.#index.list(redis, kind, name);
      const ended = await Promise.all(listed.map(({ id }) => this.#end(redis, id, selector)));
      return ended.filter(Boolean).length;
    });
  }

  #key(id: string): string {
    return this.#connection.key('session', id);
  }

  async #read(redis: RedisCommands, id: string): Promise<StoredSession | undefined> {
    return fromHash(id, await redis.command('HMGET', this.#key(id), ...FIELDS));
  }

  async #readListed(redis: RedisCommands, subject: string, listed: ListedSession) {
    const session = await this.#read(redis, listed.id);
    if (!session && this.#index.isStale(listed)) {
      await this.#index.remove(redis, { ...listed, subject });
    }
    return session;
  }

  async #end(redis: RedisCommands, id: string, only?: SessionSelector): Promise<boolean> {
    const conditions = [String(only?.createdBefore ?? ''), only?.subject ?? '', only?.sid ?? ''];
    const reply = await redis.run(END, this.#key(id), ...conditions);
    const [createdAt, subject, sid] = reply as readonly string[];
    if (subject === undefined) return false;
    // It has ended; a list that still names it heals when it is next read.
    await this.#index
      .remove(redis, { id, createdAt: Number(createdAt), subject, sid })
      .catch(() => undefined);
    return true;
  }
}
