// @ts-check
// What the heap keeps of logins that were started and never finished.
import { startLogins } from '../harness/login.mjs';

const WARM_UP = 5000;
/** Longer than the deadline of a login, after which its timers are gone. */
const SETTLING_MILLISECONDS = 12_000;

/** @type {{ contender: string, file: string, platform: 'express' | 'fastify', share: number }[]} */
const CASES = [
  { contender: 'ours', file: 'session/ours-sealed', platform: 'express', share: 1 },
  { contender: 'ours', file: 'session/ours-sealed', platform: 'fastify', share: 1 },
  { contender: 'ours, Redis', file: 'session/ours-redis', platform: 'express', share: 0.1 },
  { contender: 'ceiling', file: 'login/ceiling', platform: 'express', share: 0.1 },
  { contender: 'passport-oauth2', file: 'login/passport-oauth2', platform: 'express', share: 0.1 },
  { contender: 'passport-auth0', file: 'login/passport-auth0', platform: 'express', share: 0.1 },
];

/**
 * @typedef {{ contender: string, platform: string, logins: number, bytes: number }} Retained
 * bytes of the heap for each login, after garbage collection
 *
 * @param {import('../harness/scene.mjs').Scene} scene
 * @param {import('../options.mjs').Effort} effort
 * @returns {Promise<Retained[]>}
 */
export async function measureMemory(scene, { pendingLogins }) {
  if (pendingLogins === 0) return [];
  const settle = () => new Promise((resolve) => setTimeout(resolve, SETTLING_MILLISECONDS));
  const retained = [];
  for (const { contender, file, platform, share } of CASES) {
    const server = await scene.startContender(file, platform);
    const routes = await server.ask('routes');
    const { issuer } = scene;
    const logins = Math.ceil(pendingLogins * share);
    await startLogins(server.port, routes.login, { issuer, count: Math.min(WARM_UP, logins) });
    await settle();
    const before = await server.ask('heap');
    await startLogins(server.port, routes.login, { issuer, count: logins });
    await settle();
    const bytes = ((await server.ask('heap')) - before) / logins;
    retained.push({ contender, platform, logins, bytes });
    await server.stop();
  }
  return retained;
}
