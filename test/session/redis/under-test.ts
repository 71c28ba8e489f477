import { RedisSessionStore } from '../../../libs/upbond-auth/src/session/store/redis-session-store.js';
import type { RedisServer } from '../../support/redis-server.js';
import type { ApplicationClient } from './clients.js';
import type { StoreUnderTest } from '../store-contract.js';

/** The contract says nothing of time, and the machine may do other work too. */
const SLOW = { timeoutSeconds: 20 };

/** Two stores with a client each, as two processes have them. */
export async function redisUnderTest(
  connect: () => Promise<ApplicationClient>,
  servers: () => readonly RedisServer[],
): Promise<StoreUnderTest> {
  const [one, another] = await Promise.all([connect(), connect()]);
  return {
    store: new RedisSessionStore(one.client, SLOW),
    other: new RedisSessionStore(another.client, SLOW),
    dump: async () => (await Promise.all(servers().map((server) => server.dump()))).join('\n'),
    close: async () => [one, another].forEach((client) => client.close()),
  };
}
