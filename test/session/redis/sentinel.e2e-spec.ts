import { RedisSessionStore } from '../../../libs/upbond-auth/src/session/store/redis-session-store.js';
import { type RedisSentinels, startSentinels } from '../../support/redis-server.js';
import { until } from '../../support/waiting.js';
import { type ApplicationClient, CLIENT_KINDS } from './clients.js';
import { describeRecords, numberOf, take } from '../records/records-contract.js';
import { recordsInRedis } from '../records/records-in-redis.js';
import { describeStore, nextOf, storedSession } from '../store-contract.js';
import { redisUnderTest } from './under-test.js';

describe('Redis behind Sentinel', () => {
  let group: RedisSentinels;
  beforeAll(async () => {
    group = await startSentinels();
  }, 60_000);
  afterAll(() => group?.stop());

  for (const kind of CLIENT_KINDS) {
    describeStore(
      `behind Sentinel with ${kind.name}`,
      () =>
        redisUnderTest(
          () => kind.sentinels(group),
          () => [group.master],
        ),
      { capabilities: { atomicUpdate: true, index: true } },
    );
    describeRecords(`behind Sentinel with ${kind.name}`, () =>
      recordsInRedis(() => kind.sentinels(group)),
    );
  }

  // The last one: it leaves the group without its first master.
  it('survives a failover with the clients that it has', async () => {
    const applications: ApplicationClient[] = [];
    for (const kind of CLIENT_KINDS) applications.push(await kind.sentinels(group));
    try {
      await Promise.all(applications.map((one) => failOver(group, one)));
    } finally {
      for (const application of applications) application.close();
    }
  }, 60_000);
});

let killed: Promise<void> | undefined;

async function failOver(group: RedisSentinels, { client }: ApplicationClient): Promise<void> {
  const store = new RedisSessionStore(client, { timeoutSeconds: 1 });
  const session = storedSession();
  await store.create(session);
  const records = store.sharedMemory;
  const late = await take(records, session.id);
  const numbers = [numberOf(late)];
  await until(async () => (await group.replica.cli('dump', `upbond:record:${session.id}`)) !== '');
  killed ??= group.master.kill();
  await killed;
  const durations: number[] = [];
  await until(async () => {
    const start = performance.now();
    const wrote = await store.touch(session.id, session).finally(() => {
      durations.push(performance.now() - start);
    });
    return wrote;
  });
  expect(Math.max(...durations)).toBeLessThan(1700);
  expect(await store.read(session.id)).toEqual(session);
  expect(await store.update(nextOf(session))).toBe(true);
  // What the replica has heard of stays; what it has not begins at its clock.
  expect(await records.prolong(session.id, late.owner, 60)).toBe(true);
  expect((await take(records, session.id)).lease).toBeUndefined();
  await records.release(session.id, late.owner);
  numbers.push(numberOf(await take(records, session.id)));
  await group.replica.cli('del', `upbond:record:${session.id}`);
  numbers.push(numberOf(await take(records, session.id)));
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  expect(new Set(numbers).size).toBe(3);
  expect(await store.listBySubject(session.subject)).toHaveLength(1);
  await store.destroy(session.id);
  expect(await group.replica.cli('exists', `upbond:session:${session.id}`)).toBe('0');
}
