import { RedisServer } from '../../support/redis-server.js';
import { CLIENT_KINDS } from './clients.js';
import { describeStore } from '../store-contract.js';
import { redisUnderTest } from './under-test.js';

describe('one Redis server', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  for (const kind of CLIENT_KINDS) {
    describeStore(
      `in Redis with ${kind.name}`,
      () =>
        redisUnderTest(
          () => kind.single(server),
          () => [server],
        ),
      { capabilities: { atomicUpdate: true, index: true } },
    );
  }
});
