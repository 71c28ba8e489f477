import { setTimeout as delay } from 'node:timers/promises';
import { RedisSharedMemory } from '../../../libs/upbond-auth/src/shared-memory/redis-shared-memory.js';
import { RedisServer } from '../../support/redis-server.js';
import { until } from '../../support/waiting.js';
import { type ApplicationClient, CLIENT_KINDS } from './clients.js';

/** Some tests ask for thousands of things at once, on machines that do other work too. */
const SLOW = { timeoutSeconds: 20 };

describe('the shared memory in Redis', () => {
  let server: RedisServer;
  const applications: ApplicationClient[] = [];
  let memories: RedisSharedMemory[];
  let log: string;
  beforeAll(async () => {
    server = await RedisServer.start();
    for (const kind of [...CLIENT_KINDS, ...CLIENT_KINDS]) {
      applications.push(await kind.single(server));
    }
    memories = applications.map(({ client }) => new RedisSharedMemory(client, SLOW));
  });
  beforeEach(() => {
    log = crypto.randomUUID();
  });
  afterAll(async () => {
    for (const application of applications) application.close();
    await server.stop();
  });

  it('remembers a key once for four processes, whoever is first', async () => {
    for (let round = 0; round < 100; round++) {
      const key = crypto.randomUUID();
      const calls = [...memories, ...memories].map((memory) => memory.remember(key, 60));
      expect((await Promise.all(calls)).filter(Boolean)).toHaveLength(1);
    }
  });

  it('forgets a key after its time', async () => {
    const [one, another] = memories;
    expect(await one!.remember('short', 0.2)).toBe(true);
    expect(await another!.remember('short', 0.2)).toBe(false);
    await until(() => another!.remember('short', 60));
    expect(Number(await server.cli('pttl', 'upbond:once:short'))).toBeGreaterThan(50_000);
  });

  it('tells every process of an entry within a second when they poll twice a second', async () => {
    const seen = memories.map(async (memory) => {
      let position: string | undefined;
      for (;;) {
        const read = await memory.readLog(log, position);
        if (read.entries.length > 0) return { at: performance.now(), entries: read.entries };
        position = read.position;
        await delay(500);
      }
    });
    await delay(100);
    const start = performance.now();
    await memories[0]!.append(log, 'revoked', 60);
    for (const { at, entries } of await Promise.all(seen)) {
      expect(entries).toEqual(['revoked']);
      expect(at - start).toBeLessThan(1000);
    }
  });

  it('gives the entries after a position, each once and in order', async () => {
    const written = Array.from({ length: 2500 }, (_, index) => `entry ${index}`);
    const [one, another] = memories;
    for (const entry of written.slice(0, 10)) await one!.append(log, entry, 60);
    const first = await another!.readLog(log, undefined);
    expect(first.entries).toEqual(written.slice(0, 10));
    await Promise.all(written.slice(10).map((entry) => one!.append(log, entry, 60)));
    const second = await another!.readLog(log, first.position);
    expect(second.entries).toEqual(written.slice(10));
    expect(await another!.readLog(log, second.position)).toEqual({
      entries: [],
      position: second.position,
    });
    expect((await another!.readLog(log, 'no position')).entries).toEqual(written);
  });

  it('misses nothing while four processes write', async () => {
    const seen: string[] = [];
    let position: string | undefined;
    const writing = Promise.all(
      memories.map(async (memory, writer) => {
        for (let turn = 0; turn < 200; turn++) await memory.append(log, `${writer}.${turn}`, 60);
      }),
    );
    let isDone = false;
    void writing.then(() => (isDone = true));
    for (let last = false; !last; last = isDone && seen.length >= 800) {
      const read = await memories[1]!.readLog(log, position);
      seen.push(...read.entries);
      position = read.position;
    }
    expect(new Set(seen).size).toBe(800);
    expect(seen).toHaveLength(800);
  });

  it('drops entries after their time, not those that are kept longer, and goes with the last', async () => {
    const [one] = memories;
    await one!.append(log, 'long', 60);
    for (let turn = 0; turn < 12; turn++) await one!.append(log, `short ${turn}`, 0.2);
    await delay(250);
    await one!.append(log, 'new', 0.5);
    await one!.append(log, 'newer', 0.5);
    expect((await one!.readLog(log, undefined)).entries).toEqual(['long', 'new', 'newer']);
    const brief = `${log}-brief`;
    await one!.append(brief, 'entry', 0.2);
    await until(async () => (await server.cli('exists', `upbond:log:${brief}`)) === '0');
  });

  it('is bounded', async () => {
    const key = `upbond:log:${log}`;
    const fill = `for i = 1, 100500 do redis.call('XADD', KEYS[1], '*', 'entry', i, 'expiry', '${Date.now() + 60_000}') end`;
    await server.cli('eval', fill, '1', key);
    await memories[0]!.append(log, 'last', 60);
    expect(Number(await server.cli('xlen', key))).toBeLessThan(100_200);
    const start = performance.now();
    const { entries } = await memories[0]!.readLog(log, undefined);
    console.info(`${entries.length} entries in ${Math.round(performance.now() - start)} ms`);
    expect(entries.at(-1)).toBe('last');
    await server.cli('del', key);
  });

  it('goes on after Redis restarted from empty, also with a clock that is behind', async () => {
    const [one, another] = memories;
    await one!.append(log, 'before', 60);
    const { position } = await another!.readLog(log, undefined);
    await server.restart();
    await until(async () => (await another!.readLog(log, position)).entries.length === 0);
    await until(() => one!.append(log, 'after', 60).then(() => true));
    expect((await another!.readLog(log, position)).entries).toEqual(['after']);
    const ahead = `${Date.now() + 3_600_000}-0`;
    const again = await another!.readLog(log, ahead);
    expect(again.entries).toEqual(['after']);
    expect(await another!.readLog(log, again.position)).toEqual({ ...again, entries: [] });
  });
});
