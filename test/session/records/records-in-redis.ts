import { RedisSharedMemory } from '../../../libs/upbond-auth/src/shared-memory/redis-shared-memory.js';
import type { ApplicationClient } from '../redis/clients.js';
import type { RecordsUnderTest } from './records-contract.js';

/** The contract says nothing of time, and the machine may do other work too. */
const SLOW = { timeoutSeconds: 20 };

/** Two memories with a client each, as two processes have them. */
export async function recordsInRedis(
  connect: () => Promise<ApplicationClient>,
): Promise<RecordsUnderTest> {
  const [one, another] = await Promise.all([connect(), connect()]);
  return {
    records: new RedisSharedMemory(one.client, SLOW),
    other: new RedisSharedMemory(another.client, SLOW),
    close: () => [one, another].forEach((client) => client.close()),
  };
}
