import { LocalRecords } from '../../../libs/upbond-auth/src/shared-memory/local-records.js';
import { RedisSharedMemory } from '../../../libs/upbond-auth/src/shared-memory/redis-shared-memory.js';
import { RedisServer } from '../../support/redis-server.js';
import { CLIENT_KINDS } from '../redis/clients.js';
import { describeRecords } from './records-contract.js';

/** The contract says nothing of time, and the machine may do other work too. */
const SLOW = { timeoutSeconds: 20 };

describeRecords('of one process', async () => {
  const records = new LocalRecords(() => Date.now() / 1000);
  return { records, other: records, close: () => undefined };
});

describe('one Redis server', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  for (const kind of CLIENT_KINDS) {
    describeRecords(`in Redis with ${kind.name}`, async () => {
      const [one, another] = await Promise.all([kind.single(server), kind.single(server)]);
      return {
        records: new RedisSharedMemory(one.client, SLOW),
        other: new RedisSharedMemory(another.client, SLOW),
        close: () => [one, another].forEach((client) => client.close()),
      };
    });
  }
});
