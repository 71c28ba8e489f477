import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { RedisSharedMemory } from '../../../libs/upbond-auth/src/shared-memory/redis-shared-memory.js';
import { RedisServer } from '../../support/redis-server.js';
import { until } from '../../support/waiting.js';
import { type ApplicationClient, CLIENT_KINDS } from '../redis/clients.js';
import { numberOf, take } from './records-contract.js';

const timeoutSeconds = 0.5;
/** Timers are late on a machine that does other work too. */
const SLACK_SECONDS = 0.7;

describe.each(CLIENT_KINDS)('leased records in a Redis that fails, with $name', (kind) => {
  let server: RedisServer;
  let applications: ApplicationClient[];
  let records: RedisSharedMemory;
  let other: RedisSharedMemory;
  let key: string;
  beforeAll(async () => {
    server = await RedisServer.start();
    applications = [await kind.single(server), await kind.single(server)];
    [records, other] = applications.map(
      ({ client }) => new RedisSharedMemory(client, { timeoutSeconds }),
    ) as [RedisSharedMemory, RedisSharedMemory];
  });
  beforeEach(() => {
    key = randomUUID();
  });
  afterAll(async () => {
    for (const application of applications) application.close();
    await server.stop();
  });

  /** Every call, all at once; answers what was thrown, after how many seconds the last was. */
  async function failAll() {
    const start = performance.now();
    const name = randomUUID();
    const results = await Promise.allSettled([
      records.readRecord(name),
      records.lease(name, { owner: 'a', leaseSeconds: 60, unlessNewerThan: 0 }),
      records.prolong(name, 'a', 60),
      records.writeRecord(name, 1, 'value', 60),
      records.release(name, 'a'),
    ]);
    const errors = results.map((result) => (result.status === 'rejected' ? result.reason : result));
    return { errors, seconds: (performance.now() - start) / 1000 };
  }

  it('go on with greater numbers after it restarted from empty', async () => {
    const late = await take(records, key);
    const first = numberOf(late);
    await server.kill();
    const { errors, seconds } = await failAll();
    for (const error of errors) expect(error).toMatchObject({ name: 'RedisError' });
    expect(seconds).toBeLessThan(timeoutSeconds + SLACK_SECONDS);
    await server.start();
    await until(async () => !(await records.prolong(key, late.owner, 60)));
    await until(async () => (await other.readRecord(key)).writtenAs === 0);
    const next = await take(other, key);
    expect(next.lease).toBeGreaterThan(first);
    expect(await other.writeRecord(key, numberOf(next), 'newer', 60)).toBe(true);
    expect(await records.writeRecord(key, first, 'late', 60)).toBe(false);
    expect(await records.readRecord(key)).toEqual({ value: 'newer', writtenAs: next.lease });
  });

  it('take what was found out while it restarted', async () => {
    const number = numberOf(await take(records, key));
    await server.restart();
    await until(async () => (await records.readRecord(key)).writtenAs === 0);
    expect(await records.writeRecord(key, number, 'value', 60)).toBe(true);
    expect(numberOf(await take(other, key))).toBeGreaterThan(number);
  });

  it('reject in time when it stops answering, and work when it answers again', async () => {
    const { owner } = await take(records, key);
    server.freeze();
    const { errors, seconds } = await failAll();
    server.thaw();
    for (const error of errors) expect(error).toMatchObject({ code: 'timeout' });
    expect(seconds).toBeLessThan(timeoutSeconds + SLACK_SECONDS);
    await until(() => records.prolong(key, owner, 60));
  });

  it('work after it has forgotten the scripts', async () => {
    await server.cli('script', 'flush');
    const { lease, owner } = await take(records, key);
    expect(await records.prolong(key, owner, 60)).toBe(true);
    expect(await other.writeRecord(key, lease!, 'value', 60)).toBe(true);
    await records.release(key, owner);
  });

  it('leave no key for longer than its value, its lease and its number count', async () => {
    const ttl = async () => Number(await server.cli('pttl', `upbond:record:${key}`));
    const { owner, lease } = await take(records, key, 40);
    expect(await ttl()).toBeGreaterThan(30_000);
    expect(await ttl()).toBeLessThanOrEqual(40_000);
    await records.prolong(key, owner, 20);
    expect(await ttl()).toBeLessThanOrEqual(20_000);
    await records.writeRecord(key, lease!, 'value', 80);
    expect(await ttl()).toBeGreaterThan(70_000);
    await take(other, key, 120);
    expect(await ttl()).toBeGreaterThan(110_000);
    key = randomUUID();
    await records.release(key, (await take(records, key)).owner);
    await until(async () => (await ttl()) === -2);
  });

  it('are apart from everything else that is kept there', async () => {
    await server.cli('set', `upbond:record:${key}`, 'text');
    await expect(records.readRecord(key)).rejects.toMatchObject({ code: 'WRONGTYPE' });
    key = randomUUID();
    expect(await records.remember(key, 60)).toBe(true);
    expect(await records.readRecord(key)).toEqual({ value: undefined, writtenAs: 0 });
  });
});

describe('a command on records that the client repeats', () => {
  it('is not taken for a second one', async () => {
    const server = await RedisServer.start();
    const redis = new Redis(server.port);
    // What ioredis does with commands whose answer was lost with the connection.
    const twice = async (command: string, ...args: string[]) => {
      await redis.call(command, ...args).catch(() => undefined);
      return redis.call(command, ...args);
    };
    const records = new RedisSharedMemory({ call: twice }, { timeoutSeconds: 20 });
    const { owner, lease } = await take(records, 'key');
    expect(lease).toBeDefined();
    expect((await take(records, 'key')).lease).toBeUndefined();
    expect(await records.prolong('key', owner, 60)).toBe(true);
    expect(await records.writeRecord('key', lease!, 'value', 60)).toBe(true);
    const next = await take(records, 'key');
    await records.release('key', next.owner);
    expect(await records.readRecord('key')).toEqual({ value: 'value', writtenAs: lease });
    redis.disconnect();
    await server.stop();
  });
});
