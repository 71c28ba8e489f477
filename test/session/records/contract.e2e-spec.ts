import { LocalRecords } from '../../../libs/upbond-auth/src/shared-memory/local-records.js';
import { RedisServer } from '../../support/redis-server.js';
import { CLIENT_KINDS } from '../redis/clients.js';
import { describeRecords } from './records-contract.js';
import { recordsInRedis } from './records-in-redis.js';

describeRecords('of one process', async () => {
  const records = new LocalRecords(() => Date.now() / 1000);
  return { records, other: records, close: () => undefined };
});

// test/session/redis has the same for Sentinel and for a cluster.
describe('one Redis server', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  for (const kind of CLIENT_KINDS) {
    describeRecords(`in Redis with ${kind.name}`, () => recordsInRedis(() => kind.single(server)));
  }
});
