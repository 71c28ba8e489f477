// @ts-check
// One contender in a process of its own, controlled over IPC.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { meController } from './contender.mjs';

/** @type {{ file: string, settings: import('./contender.mjs').Settings }} */
const { file, settings } = JSON.parse(process.env.BENCH ?? '{}');

const { default: contenderOf } = await import(file);
/** @type {import('./contender.mjs').Contender} */
const contender = await contenderOf(settings);
const { imports = [], providers = [], controllers = [], middleware = [] } = contender;

class AppModule {}
Module({ imports, providers, controllers: [meController(contender), ...controllers] })(AppModule);

const app =
  settings.platform === 'fastify'
    ? await NestFactory.create(AppModule, await fastify(), { logger: false, abortOnError: false })
    : await NestFactory.create(AppModule, { logger: false, abortOnError: false });
for (const one of middleware) app.use(one);
await app.listen(settings.port, '127.0.0.1');

async function fastify() {
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');
  return new FastifyAdapter();
}

function heapUsed() {
  for (let pass = 0; pass < 3; pass++) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** @type {Record<string, (argument: any) => unknown>} */
const COMMANDS = {
  // All threads of the process, in microseconds
  cpu: () => process.cpuUsage().user + process.cpuUsage().system,
  rss: () => process.memoryUsage.rss(),
  heap: heapUsed,
  mint: (people) => contender.mint?.(app, people),
};

process.on('message', async (/** @type {{ id: number, command: string, argument: any }} */ m) => {
  try {
    process.send?.({ id: m.id, result: await COMMANDS[m.command]?.(m.argument) });
  } catch (error) {
    process.send?.({ id: m.id, error: error instanceof Error ? error.stack : String(error) });
  }
});
process.on('disconnect', () => process.exit());
process.send?.({ ready: true });
