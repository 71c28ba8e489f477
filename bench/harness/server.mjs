// @ts-check
// One contender in a process of its own, controlled over IPC.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { meController } from './contender.mjs';
import { personOf } from './credentials.mjs';

/** @type {{ file: string, settings: import('./contender.mjs').Settings }} */
const { file, settings } = JSON.parse(process.env.BENCH ?? '{}');

const { default: contenderOf } = await import(file);
/** @type {import('./contender.mjs').Contender} */
const contender = await contenderOf(settings);
const { imports = [], providers = [], controllers = [], middleware = [] } = contender;

class AppModule {}
Module({ imports, providers, controllers: [meController(contender), ...controllers] })(AppModule);

const quiet = /** @type {const} */ ({ logger: false, abortOnError: false });
const app =
  settings.platform === 'fastify'
    ? await NestFactory.create(AppModule, await fastify(), quiet)
    : await NestFactory.create(AppModule, quiet);
for (const one of middleware) app.use(one);
await app.listen(settings.port, '127.0.0.1');

async function fastify() {
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');
  return new FastifyAdapter();
}

function collectGarbage() {
  for (let pass = 0; pass < 3; pass++) globalThis.gc?.();
}

function heapUsed() {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** @param {number} from @param {number} count @param {Record<string, any>} tokens */
const people = (from, count, tokens) =>
  Array.from({ length: count }, (_, index) => personOf(from + index, tokens));

/** @type {Record<string, (argument: any) => unknown>} */
const COMMANDS = {
  // All threads of the process, in microseconds
  cpu: () => process.cpuUsage().user + process.cpuUsage().system,
  rss: () => process.memoryUsage.rss(),
  heap: heapUsed,
  routes: () => contender.routes,
  mint: ({ from, count, tokens }) => contender.mint?.(app, people(from, count, tokens)),
};

/** @typedef {{ id: number, command: string, argument: unknown }} Question */

/** @param {Question} question */
async function answer({ id, command, argument }) {
  try {
    process.send?.({ id, result: await COMMANDS[command]?.(argument) });
  } catch (error) {
    process.send?.({ id, error: error instanceof Error ? error.stack : String(error) });
  }
}

// One before V8 has optimized `process.nextTick` leaves that slow for as long as the process lives: 10 µs of a
// request on Fastify. Left to themselves, some processes of a contender have it and others have not.
collectGarbage();

process.on('message', (/** @type {Question} */ question) => void answer(question));
process.on('disconnect', () => process.exit());
process.send?.({ ready: true });
