// @ts-check
// How the cost of a request grows with the number of people who are signed in. They take turns, which is
// the worst case for a cache: beyond its bound nobody is met again while still remembered.
import { Runner, sliceOf } from '../harness/runner.mjs';

const USUAL = /** @type {const} */ ({
  group: 'growth',
  platform: 'express',
  people: 'many',
  work: 'me',
});

/** @type {import('../plan.mjs').Case[]} */
const CASES = [
  { ...USUAL, contender: 'ours, tokens (ES256)', file: 'bearer/ours', credentials: 'ES256' },
  { ...USUAL, contender: 'ceiling, tokens (ES256)', file: 'bearer/ceiling', credentials: 'ES256' },
  { ...USUAL, contender: 'ours, sealed cookies', file: 'session/ours-sealed', credentials: 'mint' },
  { ...USUAL, contender: 'ours, Redis', file: 'session/ours-redis', credentials: 'mint' },
];

/**
 * @typedef {{ contender: string, people: number, ratio: number, cpu: number, p99: number, rss: number }} Growth
 *
 * @param {import('../harness/scene.mjs').Scene} scene
 * @param {import('../options.mjs').Effort} effort
 * @returns {Promise<Growth[]>}
 */
export async function measureGrowth(
  scene,
  { livePeople, warmUpSeconds, partSeconds, bareSeconds, passes },
) {
  if (livePeople.length === 0) return [];
  const bare = await scene.startContender('bare', 'express');
  const grown = [];
  for (const one of CASES) {
    for (const people of livePeople) {
      const runner = await Runner.start(scene, one, people);
      await runner.barePart(bare, { seconds: warmUpSeconds / 4 });
      await runner.part({ seconds: warmUpSeconds });
      /** @type {Record<'own' | 'bare', import('../harness/runner.mjs').Part[]>} */
      const parts = { own: [], bare: [] };
      for (let pass = 0; pass < passes; pass++) {
        parts.bare.push(await runner.barePart(bare, { seconds: bareSeconds }));
        parts.own.push(await runner.part({ seconds: partSeconds }));
      }
      const { cpu, p99 } = sliceOf(parts.own);
      const ratio = sliceOf(parts.bare).cpu / cpu;
      const rss = await runner.server.ask('rss');
      grown.push({ contender: one.contender, people, ratio, cpu, p99, rss });
      await runner.server.stop();
    }
  }
  await bare.stop();
  return grown;
}
