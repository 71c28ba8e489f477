import { inspect } from 'node:util';
import { Redis } from 'ioredis';
import type { RedisClient } from '../../../libs/upbond-auth/src/shared-memory/redis-client.js';
import { RedisSessionStore } from '../../../libs/upbond-auth/src/session/store/redis-session-store.js';
import { RedisServer, until } from '../../support/redis-server.js';
import { type ApplicationClient, CLIENT_KINDS } from './clients.js';
import { nextOf, now, storedSession } from './store-contract.js';

const timeoutSeconds = 0.5;
/** Timers are late on a machine that does other work too. */
const SLACK_SECONDS = 0.7;
const rejections: unknown[] = [];
const noteRejection = (reason: unknown) => void rejections.push(reason);

/** Every call of a store that needs Redis. */
function everyCall(store: RedisSessionStore): (() => Promise<unknown>)[] {
  const session = storedSession();
  return [
    () => store.create(session),
    () => store.read(session.id),
    () => store.update(nextOf(session)),
    () => store.touch(session.id, session),
    () => store.destroy(session.id),
    () => store.listBySubject(session.subject),
    () => store.destroyAll({ subject: session.subject, createdBefore: now() }),
    () => store.sharedMemory.remember('key', 60),
    () => store.sharedMemory.append('log', 'entry', 60),
    () => store.sharedMemory.readLog('log', undefined),
  ];
}

/** Calls everything at once; answers what was thrown, after how many seconds the last was. */
async function failAll(store: RedisSessionStore) {
  const start = performance.now();
  const results = await Promise.allSettled(everyCall(store).map((call) => call()));
  const errors = results.map((result) => (result.status === 'rejected' ? result.reason : result));
  return { errors, seconds: (performance.now() - start) / 1000 };
}

describe.each(CLIENT_KINDS)('Redis goes down under $name', (kind) => {
  let server: RedisServer;
  let application: ApplicationClient;
  let store: RedisSessionStore;
  beforeAll(async () => {
    process.on('unhandledRejection', noteRejection);
    server = await RedisServer.start({ persistent: true });
    application = await kind.single(server);
    store = new RedisSessionStore(application.client, { timeoutSeconds });
  });
  afterAll(async () => {
    application.close();
    await server.stop();
    process.off('unhandledRejection', noteRejection);
    expect(rejections).toEqual([]);
  });

  it('every call rejects in time while it is down; after its restart nothing is lost', async () => {
    const session = storedSession();
    await store.create(session);
    await store.sharedMemory.remember('used', 60);
    await server.kill();
    const { errors, seconds } = await failAll(store);
    for (const error of errors) expect(error).toMatchObject({ name: 'RedisError' });
    expect(seconds).toBeLessThan(timeoutSeconds + SLACK_SECONDS);
    await server.start();
    await until(async () => (await store.read(session.id)) !== undefined);
    expect(await store.read(session.id)).toEqual(session);
    expect(await store.update(nextOf(session))).toBe(true);
    expect(await store.listBySubject(session.subject)).toHaveLength(1);
    expect(await store.sharedMemory.remember('used', 60)).toBe(false);
  });

  it('calls reject in time when it stops answering, and work when it answers again', async () => {
    const session = storedSession();
    await store.create(session);
    server.freeze();
    const { errors, seconds } = await failAll(store);
    server.thaw();
    for (const error of errors) expect(error).toMatchObject({ code: 'timeout' });
    expect(seconds).toBeGreaterThanOrEqual(timeoutSeconds - 0.01);
    expect(seconds).toBeLessThan(timeoutSeconds + SLACK_SECONDS);
    await until(async () => (await store.read(session.id)) !== undefined);
    expect(await store.touch(session.id, session)).toBe(true);
  });

  it('calls in flight reject in time when it is killed', async () => {
    server.freeze();
    const failed = failAll(store);
    await server.kill();
    const { errors, seconds } = await failed;
    for (const error of errors) expect(error).toMatchObject({ name: 'RedisError' });
    expect(seconds).toBeLessThan(timeoutSeconds + SLACK_SECONDS);
    await server.start();
    await until(async () => (await store.read('none')) === undefined);
  });

  it('writes that the client repeats do not fail by themselves', async () => {
    const session = storedSession();
    await store.create(session);
    const next = nextOf(session);
    expect(await store.update(next)).toBe(true);
    expect(await store.update(next)).toBe(true);
    expect(await store.update({ ...next, sealed: 'another' })).toBe(false);
  });

  it('works after Redis has forgotten the scripts', async () => {
    await server.cli('script', 'flush');
    const session = storedSession();
    await store.create(session);
    expect(await store.update(nextOf(session))).toBe(true);
  });

  it('a refusal is an error that names the reason and no value', async () => {
    const session = storedSession({ sealed: 'the-sealed-text' });
    await server.cli('replicaof', '127.0.0.1', '1');
    const refused = await store.create(session).catch((error: unknown) => error);
    await server.cli('replicaof', 'no', 'one');
    expect(refused).toMatchObject({ name: 'RedisError', code: 'READONLY' });
    for (const value of ['the-sealed-text', session.id, session.subject]) {
      expect(inspect(refused, { depth: 9, showHidden: true })).not.toContain(value);
    }
    await store.create(session);
  });

  it('keys of a wrong type and half a session are no session', async () => {
    await server.cli('hset', 'upbond:session:half', 'version', '1');
    expect(await store.read('half')).toBeUndefined();
    await server.cli('set', 'upbond:session:text', 'text');
    await expect(store.read('text')).rejects.toMatchObject({ code: 'WRONGTYPE' });
  });

  it('leaves the client open, and two prefixes apart', async () => {
    const other = new RedisSessionStore(application.client, { keyPrefix: '{other}:' });
    const session = storedSession();
    await other.create(session);
    expect(await store.read(session.id)).toBeUndefined();
    expect(await other.listBySubject(session.subject)).toEqual([session]);
    expect(await store.listBySubject(session.subject)).toEqual([]);
  });

  it('has keys that all expire', async () => {
    const keys = (await server.cli('keys', '*')).split('\n');
    const kept = keys.filter((key) => !/session:(half|text)$/.test(key));
    expect(kept.length).toBeGreaterThan(5);
    const ttls = await Promise.all(kept.map((key) => server.cli('pttl', key)));
    expect(kept.filter((_key, index) => Number(ttls[index]) <= 0)).toEqual([]);
  });
});

describe('a Redis that is down for long', () => {
  it('gets no more commands than the client can hold, and works when it is back', async () => {
    const server = await RedisServer.start({ persistent: true });
    // As queues need it: commands wait for ever.
    const client = new Redis(server.port, { maxRetriesPerRequest: null });
    client.on('error', () => undefined);
    const store = new RedisSessionStore(client, { timeoutSeconds });
    await store.create(storedSession());
    await server.kill();
    const reads = (count: number) =>
      Promise.allSettled(Array.from({ length: count }, () => store.read('none')));
    await reads(1500);
    const start = performance.now();
    const later = await reads(500);
    expect(performance.now() - start).toBeLessThan(timeoutSeconds * 1000);
    expect(later[0]).toMatchObject({ reason: { code: 'busy' } });
    await server.start();
    await until(async () => (await store.read('none')) === undefined);
    client.disconnect();
    await server.stop();
  });

  it('waits two seconds when nothing else is said', async () => {
    const server = await RedisServer.start();
    const client = new Redis(server.port);
    const store = new RedisSessionStore(client);
    await store.read('none');
    server.freeze();
    const start = performance.now();
    await expect(store.read('none')).rejects.toThrow('Redis did not answer in 2 s');
    expect(performance.now() - start).toBeLessThan(2000 + SLACK_SECONDS * 1000);
    client.disconnect();
    await server.stop();
  });
});

describe('what is no client', () => {
  const legacy = { sendCommand: () => undefined, on: () => undefined };
  it.each([[undefined], [null], ['redis://localhost'], [{}], [legacy]])('%j', (client) => {
    expect(() => new RedisSessionStore(client as unknown as RedisClient)).toThrow(
      /Expected a client of 'ioredis'/,
    );
  });

  it.each([0, -1, Number.NaN, 61])('a timeout of %s seconds is refused', (seconds) => {
    const client = { call: async () => undefined };
    expect(() => new RedisSessionStore(client, { timeoutSeconds: seconds })).toThrow(RangeError);
  });
});
