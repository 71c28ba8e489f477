import { randomUUID } from 'node:crypto';
import type { RedisClient } from './redis-client.js';
import { type RedisCommands, RedisConnection } from './redis-connection.js';
import { readStream } from './redis-log.js';
import { APPEND, REMEMBER } from './redis-memory-scripts.js';
import type { RedisStoreOptions } from './redis-store-options.js';
import { RedisRecords } from './redis-records.js';
import { milliseconds } from './redis-script.js';
import type { LeaseAttempt, LeaseRequest, RecordState } from './leased-records.js';
import { type LogEntries, SharedMemory } from './shared-memory.js';

/**
 * A {@link SharedMemory} in Redis (tested with Redis 7), through the application's own client, which
 * it never closes. Use it when sessions stay in sealed cookies, or beside an
 * {@link ExpressSessionStore}; a {@link RedisSessionStore} has one already.
 *
 * Every method throws an error without keys and values in it when Redis is down, refuses, or does not
 * answer within `timeoutSeconds`; once Redis is back, the next call works. A log keeps its newest
 * 100,000 entries, and may give some of them again after a failover or a restart. Leases and the expiry
 * of records go by Redis's clock.
 */
export class RedisSharedMemory extends SharedMemory {
  readonly #connection: RedisConnection;
  readonly #records: RedisRecords;

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
    this.#records = new RedisRecords(this.#connection);
  }

  async remember(key: string, ttlSeconds: number): Promise<boolean> {
    const name = this.#connection.key('once', key);
    const reply = await this.#connection.within((redis) =>
      redis.run(REMEMBER, name, randomUUID(), milliseconds(ttlSeconds)),
    );
    return Number(reply) === 1;
  }

  async append(log: string, entry: string, ttlSeconds: number): Promise<void> {
    const name = this.#connection.key('log', log);
    await this.#connection.within((redis) =>
      redis.run(APPEND, name, entry, milliseconds(ttlSeconds)),
    );
  }

  readLog(log: string, position: string | undefined): Promise<LogEntries> {
    const name = this.#connection.key('log', log);
    // A deadline for each page: a process that starts must get through a long log.
    const command: RedisCommands['command'] = (...args) =>
      this.#connection.within((redis) => redis.command(...args));
    return readStream({ command }, name, position);
  }

  readRecord(key: string): Promise<RecordState> {
    return this.#records.readRecord(key);
  }

  lease(key: string, request: LeaseRequest): Promise<LeaseAttempt> {
    return this.#records.lease(key, request);
  }

  prolong(key: string, owner: string, leaseSeconds: number): Promise<boolean> {
    return this.#records.prolong(key, owner, leaseSeconds);
  }

  writeRecord(key: string, lease: number, value: string, ttlSeconds: number): Promise<boolean> {
    return this.#records.writeRecord(key, lease, value, ttlSeconds);
  }

  release(key: string, owner: string): Promise<void> {
    return this.#records.release(key, owner);
  }
}
