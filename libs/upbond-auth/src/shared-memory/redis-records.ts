import { fencingNumber } from './fencing-number.js';
import type { LeaseAttempt, LeasedRecords, LeaseRequest, RecordState } from './leased-records.js';
import type { RedisConnection } from './redis-connection.js';
import { LEASE, PROLONG, READ_RECORD, RELEASE, WRITE_RECORD } from './redis-record-scripts.js';
import { milliseconds, type RedisScript } from './redis-script.js';

type Reply = readonly [value: string | null, writtenAs: string, lease: string];

/**
 * Records in Redis, one key and one script for each. A Redis that restarts empty, or a replica that has
 * not heard of a record when it takes over, begins at its own clock: the clocks of a group's machines
 * have to agree better than the time that a failover takes.
 */
export class RedisRecords implements LeasedRecords {
  readonly #connection: RedisConnection;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
  }

  async readRecord(key: string): Promise<RecordState> {
    return stateOf((await this.run(READ_RECORD, key)) as Reply);
  }

  async lease(
    key: string,
    { owner, leaseSeconds, unlessNewerThan }: LeaseRequest,
  ): Promise<LeaseAttempt> {
    const newest = String(fencingNumber(unlessNewerThan, 0));
    const reply = (await this.run(LEASE, key, owner, milliseconds(leaseSeconds), newest)) as Reply;
    return { ...stateOf(reply), lease: Number(reply[2]) || undefined };
  }

  async prolong(key: string, owner: string, leaseSeconds: number): Promise<boolean> {
    return Number(await this.run(PROLONG, key, owner, milliseconds(leaseSeconds))) === 1;
  }

  async writeRecord(
    key: string,
    lease: number,
    value: string,
    ttlSeconds: number,
  ): Promise<boolean> {
    const number = String(fencingNumber(lease, 1));
    const reply = await this.run(WRITE_RECORD, key, number, value, milliseconds(ttlSeconds));
    return Number(reply) === 1;
  }

  async release(key: string, owner: string): Promise<void> {
    await this.run(RELEASE, key, owner);
  }

  private run(script: RedisScript, key: string, ...args: string[]): Promise<unknown> {
    const name = this.#connection.key('record', key);
    return this.#connection.within((redis) => redis.run(script, name, ...args));
  }
}

function stateOf([value, writtenAs]: Reply): RecordState {
  return { value: value ?? undefined, writtenAs: Number(writtenAs) };
}
