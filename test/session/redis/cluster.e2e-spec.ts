import { RedisSessionStore } from '../../../libs/upbond-auth/src/session/store/redis-session-store.js';
import { type RedisCluster, startCluster } from '../../support/redis-server.js';
import { until } from '../../support/waiting.js';
import { type ApplicationClient, CLIENT_KINDS } from './clients.js';
import { describeRecords, take } from '../records/records-contract.js';
import { recordsInRedis } from '../records/records-in-redis.js';
import { describeStore, nextOf, storedSession } from '../store-contract.js';
import { redisUnderTest } from './under-test.js';

describe('a Redis cluster of three masters', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(() => cluster?.stop());

  for (const kind of CLIENT_KINDS) {
    describeStore(
      `in a cluster with ${kind.name}`,
      () =>
        redisUnderTest(
          () => kind.cluster(cluster),
          () => cluster.servers,
        ),
      { capabilities: { atomicUpdate: true, index: true } },
    );
    describeRecords(`in a cluster with ${kind.name}`, () =>
      recordsInRedis(() => kind.cluster(cluster)),
    );
  }

  describe.each(CLIENT_KINDS)('with $name', (kind) => {
    let application: ApplicationClient;
    let store: RedisSessionStore;
    beforeAll(async () => {
      application = await kind.cluster(cluster);
      store = new RedisSessionStore(application.client, { timeoutSeconds: 1 });
    });
    afterAll(() => application?.close());

    it('spreads the sessions over its nodes', async () => {
      const { subject } = storedSession();
      const sessions = Array.from({ length: 60 }, () => storedSession({ subject }));
      await Promise.all(sessions.map((one) => store.create(one)));
      for (const server of cluster.servers) {
        expect(await server.cli('keys', 'upbond:session:*')).not.toBe('');
      }
      expect(await store.listBySubject(subject)).toHaveLength(60);
      expect(await store.destroyAll({ subject, createdBefore: Date.now() })).toBe(60);
    });

    it('shares the memory', async () => {
      const log = crypto.randomUUID();
      const { sharedMemory } = store;
      expect(await sharedMemory.remember(log, 60)).toBe(true);
      expect(await sharedMemory.remember(log, 60)).toBe(false);
      await sharedMemory.append(log, 'entry', 60);
      expect((await sharedMemory.readLog(log, undefined)).entries).toEqual(['entry']);
    });

    it('follows the slot of a record to another node', async () => {
      const { sharedMemory } = store;
      const key = crypto.randomUUID();
      const { lease, owner } = await take(sharedMemory, key);
      await moveSlotOf(cluster, `upbond:record:${key}`);
      expect(await sharedMemory.prolong(key, owner, 60)).toBe(true);
      expect(await sharedMemory.writeRecord(key, lease!, 'value', 60)).toBe(true);
      expect(await sharedMemory.readRecord(key)).toEqual({ value: 'value', writtenAs: lease });
    });

    it('follows a slot to another node', async () => {
      const session = storedSession();
      await store.create(session);
      await moveSlotOf(cluster, `upbond:session:${session.id}`);
      expect(await store.read(session.id)).toEqual(session);
      expect(await store.update(nextOf(session))).toBe(true);
      expect(await store.touch(session.id, session)).toBe(true);
      await store.destroy(session.id);
      expect(await store.read(session.id)).toBeUndefined();
    });

    it('goes on on the other nodes while one is down, and on it when it is back', async () => {
      const sessions = Array.from({ length: 30 }, () => storedSession());
      await Promise.all(sessions.map((one) => store.create(one)));
      await cluster.servers[2]!.kill();
      const start = performance.now();
      const reads = await Promise.allSettled(sessions.map((one) => store.read(one.id)));
      expect(performance.now() - start).toBeLessThan(1700);
      const failed = reads.filter((read) => read.status === 'rejected');
      expect(failed.length).toBeGreaterThan(0);
      expect(failed.length).toBeLessThan(30);
      for (const { reason } of failed) expect(reason).toMatchObject({ name: 'RedisError' });
      await cluster.servers[2]!.start();
      await until(async () => {
        const found = await Promise.all(sessions.map((one) => store.read(one.id)));
        return found.filter(Boolean).length === 30 - failed.length;
      });
      const again = Array.from({ length: 30 }, () => storedSession());
      await Promise.all(again.map((one) => store.create(one)));
    });
  });
});

/** Moves the slot of a key, with what is in it, to the next node. */
async function moveSlotOf({ servers }: RedisCluster, key: string): Promise<void> {
  const slot = await servers[0]!.cli('cluster', 'keyslot', key);
  const owners = await Promise.all(servers.map((one) => one.cli('exists', key).catch(() => '')));
  const from = servers[owners.indexOf('1')]!;
  const to = servers[(owners.indexOf('1') + 1) % servers.length]!;
  const [source, target] = await Promise.all([from, to].map((one) => one.cli('cluster', 'myid')));
  await to.cli('cluster', 'setslot', slot, 'importing', source!);
  await from.cli('cluster', 'setslot', slot, 'migrating', target!);
  const keys = (await from.cli('cluster', 'getkeysinslot', slot, '100')).split('\n');
  for (const one of keys) await from.cli('migrate', '127.0.0.1', String(to.port), one, '0', '5000');
  for (const one of [to, from]) await one.cli('cluster', 'setslot', slot, 'node', target!);
}
