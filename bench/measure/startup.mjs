// @ts-check
// How long an application takes to its first answer, and what importing the library adds to Nest.
import { execFileSync } from 'node:child_process';
import { get, drive } from '../harness/load.mjs';
import { summary } from '../harness/statistics.mjs';

const LIBRARY = new URL('../../libs/upbond-auth/dist/index.js', import.meta.url).href;

/** @type {['express' | 'fastify', string, string][]} */
const CASES = [
  ['express', 'bare', 'bare'],
  ['express', 'ours', 'session/ours-sealed'],
  ['fastify', 'bare', 'bare'],
  ['fastify', 'ours', 'session/ours-sealed'],
];

/** After Nest, as an application imports it. @param {string[]} names */
const importing = (names) => `
  for (const name of ['reflect-metadata', '@nestjs/common', '@nestjs/core']) await import(name);
  const start = performance.now();
  for (const name of ${JSON.stringify(names)}) await import(name);
  console.log(performance.now() - start)`;

/** @type {[what: string, names: string[]][]} */
const IMPORTS = [
  ['nestjs-upbond-auth', [LIBRARY]],
  ['passport-jwt + jwks-rsa', ['@nestjs/passport', 'passport-jwt', 'jwks-rsa']],
  ['express-openid-connect', ['express-openid-connect']],
  ['openid-client', ['openid-client', 'openid-client/passport']],
];

/**
 * @typedef {{ what: string, milliseconds: import('../harness/statistics.mjs').Summary }} Startup
 *
 * @param {import('../harness/scene.mjs').Scene} scene
 * @param {import('../options.mjs').Effort} effort
 * @returns {Promise<{ coldStarts: Startup[], imports: Startup[] }>}
 */
export async function measureStartup(scene, { coldStarts }) {
  const starts = CASES.map(() => /** @type {number[]} */ ([]));
  const imports = IMPORTS.map(() => /** @type {number[]} */ ([]));
  for (let time = 0; time < coldStarts; time++) {
    for (const [index, [platform, , file]] of CASES.entries()) {
      starts[index]?.push(await firstAnswer(scene, file, platform));
    }
    for (const [index, [, names]] of IMPORTS.entries()) imports[index]?.push(importTime(names));
  }
  return {
    coldStarts: CASES.map(([platform, contender], index) => ({
      what: `${contender} · ${platform}`,
      milliseconds: summary(starts[index] ?? []),
    })),
    imports: IMPORTS.map(([what], index) => ({
      what,
      milliseconds: summary(imports[index] ?? []),
    })),
  };
}

/** From nothing to an answer, whatever it is. @param {import('../harness/scene.mjs').Scene} scene @param {string} file @param {'express' | 'fastify'} platform */
async function firstAnswer(scene, file, platform) {
  const start = performance.now();
  const server = await scene.startContender(file, platform);
  const request = () => get('/me');
  await drive({ port: server.port, connections: 1, requests: 1, request, verify: () => true });
  const milliseconds = performance.now() - start;
  await server.stop();
  return milliseconds;
}

/** In a process of its own. @param {string[]} names */
function importTime(names) {
  const args = ['--input-type=module', '--eval', importing(names)];
  const cwd = new URL('..', import.meta.url);
  return Number(execFileSync(process.execPath, args, { cwd, encoding: 'utf8' }));
}
