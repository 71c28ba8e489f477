// What every process of an application behind a load balancer has in common. Its environment tells it
// what to be; it ends with the test that started it.
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { RedisSessionStore, RedisSharedMemory, type UpbondAuthOptions } from 'nestjs-upbond-auth';
import { CLIENT_ID, CLIENT_SECRET, SESSION_SECRET } from '../../support/application.js';

const {
  PUBLIC_URL,
  ISSUER_URL,
  REDIS_PORT,
  REDIS_TIMEOUT_SECONDS = '2',
  SESSION_MODE,
} = process.env;
export const { PROCESS_NAME } = process.env;

/** The options that the environment asks for. */
export function optionsOfProcess(): UpbondAuthOptions {
  return {
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    sessionSecret: SESSION_SECRET,
    redirectUri: `${PUBLIC_URL}/auth/callback`,
    domain: ISSUER_URL ?? '',
    ...memory(),
  };
}

function memory(): Pick<UpbondAuthOptions, 'sessionStore' | 'sharedMemory'> {
  if (!REDIS_PORT) return {};
  const redis = new Redis(Number(REDIS_PORT), '127.0.0.1');
  redis.on('error', () => undefined);
  const options = { timeoutSeconds: Number(REDIS_TIMEOUT_SECONDS) };
  return SESSION_MODE === 'store'
    ? { sessionStore: new RedisSessionStore(redis, options) }
    : { sharedMemory: new RedisSharedMemory(redis, options) };
}

/** Serves the application on a free port, which it tells the test; the test may move all its clocks. */
export async function serve(module: Type): Promise<void> {
  const systemNow = Date.now;
  process.on('disconnect', () => process.exit());
  process.on('message', ({ offsetSeconds }: { offsetSeconds: number }) => {
    Date.now = () => systemNow() + offsetSeconds * 1000;
    process.send?.({ offsetSeconds });
  });
  const app = await NestFactory.create(module, { logger: false });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as { port: number };
  process.send?.({ port });
}
