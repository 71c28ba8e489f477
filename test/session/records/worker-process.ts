// One process that works on records beside others: run by test/support/run-typescript.mjs. It takes the
// lease of one record again and again, adds one to what the record holds, and says what it did.
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { RedisSharedMemory } from 'nestjs-upbond-auth';

const { REDIS_PORT, RECORD = '', TARGET } = process.env;
const redis = new Redis(Number(REDIS_PORT), '127.0.0.1');
const records = new RedisSharedMemory(redis, { timeoutSeconds: 20 });

process.on('disconnect', () => process.exit());
process.once('message', () => void work());
process.send?.('ready');

async function work(): Promise<void> {
  const written: number[] = [];
  let newest = 0;
  let value = 0;
  while (value < Number(TARGET)) {
    const request = { owner: randomUUID(), leaseSeconds: 20, unlessNewerThan: newest };
    const attempt = await records.lease(RECORD, request);
    value = Number(attempt.value ?? 0);
    newest = attempt.writtenAs;
    if (attempt.lease === undefined) continue;
    if (value >= Number(TARGET)) {
      await records.release(RECORD, request.owner);
      break;
    }
    await records.writeRecord(RECORD, attempt.lease, String(value + 1), 60);
    written.push(attempt.lease);
  }
  process.send?.({ written, pid: process.pid });
}
