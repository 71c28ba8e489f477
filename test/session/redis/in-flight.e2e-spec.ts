import { Redis } from 'ioredis';
import { RedisSessionStore } from '../../../libs/upbond-auth/src/session/store/redis-session-store.js';
import { RedisServer } from '../../support/redis-server.js';
import { nextOf, storedSession } from './store-contract.js';

/** The contract tries many orders by chance; here each is made to happen. */
describe('between two steps of a call to Redis', () => {
  let server: RedisServer;
  let redis: Redis;
  let other: RedisSessionStore;
  beforeAll(async () => {
    server = await RedisServer.start();
    redis = new Redis(server.port);
    other = new RedisSessionStore(redis, { timeoutSeconds: 20 });
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  /** A store that lets something happen when it is about to write to a session. */
  function storeThatWaits(meanwhile: () => Promise<unknown>): RedisSessionStore {
    let isFirst = true;
    const call = async (command: string, ...args: string[]) => {
      if (isFirst && args.some((arg) => arg.startsWith('upbond:session:'))) {
        isFirst = false;
        await meanwhile();
      }
      return redis.call(command, ...args);
    };
    return new RedisSessionStore({ call }, { timeoutSeconds: 20 });
  }

  it.each(['subject', 'sid'] as const)(
    'a revocation by %s ends a session that it cannot see yet',
    async (kind) => {
      const session = storedSession();
      const createdBefore = session.createdAt + 1;
      const store = storeThatWaits(() =>
        other.destroyAll({ [kind]: session[kind], createdBefore }),
      );
      await store.create(session);
      expect(await other.read(session.id)).toBeUndefined();
      expect(await other.listBySubject(session.subject)).toEqual([]);
    },
  );

  it('a revocation of what began earlier does not end a new session', async () => {
    const session = storedSession();
    const { subject, createdAt: createdBefore } = session;
    await storeThatWaits(() => other.destroyAll({ subject, createdBefore })).create(session);
    expect(await other.read(session.id)).toEqual(session);
  });

  it('the latest of two revocations counts', async () => {
    const session = storedSession();
    const { subject, createdAt } = session;
    const store = storeThatWaits(async () => {
      await other.destroyAll({ subject, createdBefore: createdAt + 1 });
      await other.destroyAll({ subject, createdBefore: createdAt - 1 });
    });
    await store.create(session);
    expect(await other.read(session.id)).toBeUndefined();
  });

  it('a list that is read meanwhile does not forget the session', async () => {
    const session = storedSession();
    const { subject, createdAt } = session;
    await storeThatWaits(() => other.listBySubject(subject)).create(session);
    expect(await other.listBySubject(subject)).toEqual([session]);
    expect(await other.destroyAll({ subject, createdBefore: createdAt + 1 })).toBe(1);
  });

  it.each(['update', 'touch'] as const)(
    'a session that ends stays ended by an %s',
    async (write) => {
      const session = storedSession();
      await other.create(session);
      const store = storeThatWaits(() => other.destroy(session.id));
      const wrote =
        write === 'update' ? store.update(nextOf(session)) : store.touch(session.id, session);
      expect(await wrote).toBe(false);
      expect(await other.read(session.id)).toBeUndefined();
      expect(await other.listBySubject(session.subject)).toEqual([]);
    },
  );

  it('a command that the client repeats is not taken for a second one', async () => {
    // What ioredis does with commands whose answer was lost with the connection.
    const twice = async (command: string, ...args: string[]) => {
      await redis.call(command, ...args).catch(() => undefined);
      return redis.call(command, ...args);
    };
    const store = new RedisSessionStore({ call: twice }, { timeoutSeconds: 20 });
    const session = storedSession();
    await store.create(session);
    const next = nextOf(session);
    expect(await store.update(next)).toBe(true);
    expect(await store.update(nextOf(session))).toBe(false);
    expect(await other.read(session.id)).toEqual(next);
    expect(await store.sharedMemory.remember('repeated', 60)).toBe(true);
    expect(await store.sharedMemory.remember('repeated', 60)).toBe(false);
  });
});
