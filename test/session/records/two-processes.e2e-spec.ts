import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { RedisSharedMemory } from '../../../libs/upbond-auth/src/shared-memory/redis-shared-memory.js';
import { RedisServer } from '../../support/redis-server.js';

const RUNNER = fileURLToPath(new URL('../../support/run-typescript.mjs', import.meta.url));
const WORKER = 'test/session/records/worker-process.ts';
const TARGET = 300;

describe('two processes on one record', () => {
  let server: RedisServer;
  const children: ChildProcess[] = [];
  beforeAll(async () => {
    server = await RedisServer.start();
    const env = {
      ...process.env,
      REDIS_PORT: String(server.port),
      RECORD: 'a',
      TARGET: `${TARGET}`,
    };
    for (let count = 0; count < 2; count++) {
      children.push(
        fork(RUNNER, [WORKER], { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
      );
    }
    await Promise.all(children.map((child) => once(child, 'message')));
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await server.stop();
  });

  it('lose no step, and never have the same number', async () => {
    const answers = children.map(async (child) => {
      const answer = once(child, 'message');
      child.send('go');
      return ((await answer) as [{ written: number[]; pid: number }])[0];
    });
    const [one, another] = await Promise.all(answers);
    const written = [...one!.written, ...another!.written];
    console.info(`${one!.written.length} and ${another!.written.length} steps`);
    expect(new Set(written).size).toBe(TARGET);
    expect(written).toHaveLength(TARGET);
    const redis = new Redis(server.port);
    const newest = Math.max(...written);
    expect(await new RedisSharedMemory(redis).readRecord('a')).toEqual({
      value: String(TARGET),
      writtenAs: newest,
    });
    redis.disconnect();
  });
});
