// @ts-check
// The cases of one group, interleaved: in each round every contender, each beside the unguarded route.
import { check } from '../harness/checks.mjs';
import { Runner } from '../harness/runner.mjs';

/**
 * @typedef {import('../harness/runner.mjs').Slice} Slice
 * @typedef {{ own: Slice, bare: Slice, single?: { own: number, bare: number } }} Round
 * single: the median latency at one connection, in milliseconds
 *
 * @typedef {object} Result
 * @property {string} group
 * @property {string} contender
 * @property {'express' | 'fastify'} platform
 * @property {Round[]} rounds
 * @property {number} rss in bytes
 * @property {import('../harness/checks.mjs').Facts} facts
 * @property {string} [error] why it was not measured
 */

/**
 * @param {import('../harness/scene.mjs').Scene} scene
 * @param {import('../plan.mjs').Case[]} cases of one group
 * @param {import('../options.mjs').Effort} effort
 * @param {(line: string) => void} say
 */
export async function measureGroup(scene, cases, effort, say) {
  /** @type {import('../harness/checks.mjs').Check[]} */
  const checks = [];
  /** @type {Map<Runner, Result>} */
  const results = new Map();
  /** @type {Result[]} */
  const failures = [];
  const platforms = [...new Set(cases.map(({ platform }) => platform))];
  const bares = new Map(
    await Promise.all(
      platforms.map(
        async (one) => /** @type {const} */ ([one, await scene.startContender('bare', one)]),
      ),
    ),
  );

  for (let next = 0; next < cases.length; next += effort.startedAtOnce) {
    const some = cases.slice(next, next + effort.startedAtOnce);
    for (const prepared of await Promise.all(some.map((one) => prepare(scene, one, effort)))) {
      checks.push(...prepared.checks);
      if (prepared.runner) results.set(prepared.runner, prepared.result);
      else failures.push(prepared.result);
    }
  }
  for (const { title, why } of checks.filter(({ passed }) => !passed))
    say(`${title} FAILED: ${why}`);

  const runners = [...results.keys()];
  for (const runner of runners) {
    const bare = bares.get(runner.case.platform);
    if (bare) await warmUp(runner, bare, effort);
  }
  for (let round = 0; round < effort.rounds; round++) {
    say(`  round ${round + 1} of ${effort.rounds}`);
    for (const runner of [...runners.slice(round), ...runners.slice(0, round)]) {
      const bare = bares.get(runner.case.platform);
      if (bare) results.get(runner)?.rounds.push(await measure(runner, bare, effort));
    }
  }
  for (const [runner, result] of results) {
    result.rss = await runner.server.ask('rss');
    await runner.server.stop();
  }
  for (const bare of bares.values()) await bare.stop();
  return { checks, results: [...results.values(), ...failures] };
}

/**
 * A contender that runs and does its work, or why it does not.
 *
 * @param {import('../harness/scene.mjs').Scene} scene
 * @param {import('../plan.mjs').Case} one
 * @param {import('../options.mjs').Effort} effort
 * @returns {Promise<{ checks: import('../harness/checks.mjs').Check[], result: Result, runner?: Runner }>}
 */
async function prepare(scene, one, { firstTimePeople }) {
  const { group, contender, platform } = one;
  /** @type {Result} */
  const result = { group, contender, platform, rounds: [], rss: NaN, facts: {} };
  try {
    const runner = await Runner.start(scene, one, firstTimePeople);
    const { checks, facts } = await check(runner);
    const wrong = checks.filter(({ passed }) => !passed);
    if (wrong.length === 0) return { checks, runner, result: { ...result, facts } };
    await runner.server.stop();
    const error = wrong.map(({ title, why }) => `${title}: ${why}`).join('\n');
    return { checks, result: { ...result, facts, error } };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const title = `${group} · ${contender} · ${platform}: starts`;
    return { checks: [{ title, passed: false, why }], result: { ...result, error: why } };
  }
}

/** @param {Runner} runner @param {import('../harness/processes.mjs').Server} bare @param {import('../options.mjs').Effort} effort */
async function warmUp(runner, bare, { warmUpSeconds, loginsPerSlice }) {
  if (warmUpSeconds === 0) return;
  await runner.bareSlice(bare, { seconds: warmUpSeconds / 4 });
  if (runner.case.work !== 'login') return void (await runner.slice({ seconds: warmUpSeconds }));
  const end = performance.now() + warmUpSeconds * 1000;
  while (performance.now() < end) await runner.loginSlice(Math.ceil(loginsPerSlice / 4));
}

/** @param {Runner} runner @param {import('../harness/processes.mjs').Server} bare @param {import('../options.mjs').Effort} effort @returns {Promise<Round>} */
async function measure(runner, bare, effort) {
  const { sliceSeconds, bareSeconds, singleSeconds, loginsPerSlice } = effort;
  const { work, people } = runner.case;
  const before = await runner.bareSlice(bare, { seconds: bareSeconds });
  if (work === 'login') return { own: await runner.loginSlice(loginsPerSlice), bare: before };
  const own = await runner.slice({ seconds: sliceSeconds });
  if (work !== 'me' || people !== 'few') return { own, bare: before };
  const how = { seconds: singleSeconds, connections: 1 };
  const alone = await runner.bareSlice(bare, how);
  const single = { own: (await runner.slice(how)).p50, bare: alone.p50 };
  return { own, bare: before, single };
}
