import { Redis, type RedisOptions } from 'ioredis';
import { createClient, createClientPool, RESP_TYPES } from 'redis';
import type { RedisClient } from '../../../libs/upbond-auth/src/shared-memory/redis-client.js';
import { RedisSessionStore } from '../../../libs/upbond-auth/src/session/store/redis-session-store.js';
import { RedisServer } from '../../support/redis-server.js';
import { nextOf, storedSession } from './store-contract.js';

interface Opened {
  readonly client: RedisClient;
  close(): void;
}

type Open = (server: RedisServer) => Opened | Promise<Opened>;

function ioRedis(options: RedisOptions): Open {
  return ({ port }) => {
    const client = new Redis(port, '127.0.0.1', options);
    return { client, close: () => client.disconnect() };
  };
}

/** Settings that applications have for themselves, and that change what their client sends or returns. */
const SETTINGS: Record<string, Open> = {
  'ioredis with a key prefix of its own': ioRedis({ keyPrefix: 'application:' }),
  'ioredis with automatic pipelining': ioRedis({ enableAutoPipelining: true }),
  'ioredis with numbers as strings': ioRedis({ stringNumbers: true }),
  'ioredis without an offline queue': async ({ port }) => {
    const client = new Redis(port, '127.0.0.1', { enableOfflineQueue: false });
    await new Promise((resolve) => client.once('ready', resolve));
    return { client, close: () => client.disconnect() };
  },
  'node-redis over RESP3': async ({ url }) => {
    const client = await createClient({ url, RESP: 3 }).connect();
    return { client, close: () => client.destroy() };
  },
  'node-redis with strings as buffers': async ({ url }) => {
    const commandOptions = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } };
    const client = await createClient({ url, commandOptions }).connect();
    return { client, close: () => client.destroy() };
  },
  'a node-redis pool': async ({ url }) => {
    const client = createClientPool({ url });
    await client.connect();
    return { client, close: () => client.destroy() };
  },
};

describe('the client settings of an application', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  it.each(Object.entries(SETTINGS))('%s', async (_name, open) => {
    const { client, close } = await open(server);
    try {
      await useEverything(new RedisSessionStore(client));
    } finally {
      close();
    }
  });
});

async function useEverything(store: RedisSessionStore): Promise<void> {
  const session = storedSession();
  await store.create(session);
  expect(await store.read(session.id)).toEqual(session);
  const next = nextOf(session);
  expect(await store.update(next)).toBe(true);
  expect(await store.update(nextOf(session))).toBe(false);
  const touch = { lastSeenAt: next.lastSeenAt + 60, idleExpiresAt: next.idleExpiresAt + 60 };
  expect(await store.touch(session.id, touch)).toBe(true);
  expect(await store.listBySubject(session.subject)).toEqual([{ ...next, ...touch }]);
  const { subject, createdAt } = session;
  expect(await store.destroyAll({ subject, createdBefore: createdAt + 1 })).toBe(1);
  expect(await store.read(session.id)).toBeUndefined();
  const [key, log] = [crypto.randomUUID(), crypto.randomUUID()];
  expect(await store.sharedMemory.remember(key, 60)).toBe(true);
  expect(await store.sharedMemory.remember(key, 60)).toBe(false);
  await store.sharedMemory.append(log, 'entry', 60);
  const read = await store.sharedMemory.readLog(log, undefined);
  expect(read.entries).toEqual(['entry']);
  expect((await store.sharedMemory.readLog(log, read.position)).entries).toEqual([]);
}
