// @ts-check
// The cases of one group, interleaved: in each round every contender, each beside the unguarded route.
import { check } from '../harness/checks.mjs';
import { Runner, sliceOf } from '../harness/runner.mjs';
import { inTurns } from './turns.mjs';

/**
 * @typedef {import('../harness/runner.mjs').Part} Part
 * @typedef {import('../harness/runner.mjs').Slice} Slice
 * @typedef {import('../harness/processes.mjs').Server} Server
 * @typedef {import('../harness/scene.mjs').Scene} Scene
 * @typedef {import('../options.mjs').Effort} Effort
 * @typedef {import('../plan.mjs').Case} Case
 *
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
 * @param {Scene} scene
 * @param {Case[]} cases of one group
 * @param {Effort} effort
 * @param {(line: string) => void} say
 */
export async function measureGroup(scene, cases, effort, say) {
  /** @type {import('../harness/checks.mjs').Check[]} */
  const checks = [];
  const results = new Map(cases.map((one) => [one, resultOf(one)]));
  for (let process = 1; process <= effort.processes; process++) {
    say(`  process ${process} of ${effort.processes}`);
    const generation = await startGeneration(scene, [...results], effort);
    checks.push(...generation.checks);
    for (const { title, why } of generation.checks.filter(({ passed }) => !passed))
      say(`${title} FAILED: ${why}`);
    await warmUp(generation, effort);
    for (let round = 1; round <= effort.roundsOfProcess; round++) {
      say(`    round ${round} of ${effort.roundsOfProcess}`);
      for (const [runner, measured] of await measure(generation, effort)) {
        results.get(runner.case)?.rounds.push(measured);
      }
    }
    await stop(generation, results);
  }
  return { checks, results: [...results.values()] };
}

/** @param {Case} one @returns {Result} */
const resultOf = ({ group, contender, platform }) => ({
  group,
  contender,
  platform,
  rounds: [],
  rss: NaN,
  facts: {},
});

/**
 * One process of each contender, and one of the unguarded route for each platform.
 *
 * @typedef {{ runners: Runner[], bares: Map<string, Server>, checks: import('../harness/checks.mjs').Check[] }} Generation
 *
 * @param {Scene} scene
 * @param {[Case, Result][]} all whoever failed once is not started again
 * @param {Effort} effort
 * @returns {Promise<Generation>}
 */
async function startGeneration(scene, all, { startedAtOnce, firstTimePeople }) {
  const good = all.filter(([, { error }]) => error === undefined);
  /** @type {Map<string, Server>} */
  const bares = new Map();
  for (const platform of new Set(good.map(([one]) => one.platform))) {
    bares.set(platform, await scene.startContender('bare', platform));
  }
  /** @type {Generation} */
  const generation = { runners: [], bares, checks: [] };
  await inTurns(good, startedAtOnce, async ([one, result]) => {
    const { runner, checks } = await prepare(scene, one, result, firstTimePeople);
    generation.checks.push(...checks);
    if (runner) generation.runners.push(runner);
  });
  return generation;
}

/**
 * A contender that runs and does its work, or why it does not.
 *
 * @param {Scene} scene
 * @param {Case} one
 * @param {Result} result
 * @param {number} people
 * @returns {Promise<{ checks: import('../harness/checks.mjs').Check[], runner?: Runner }>}
 */
async function prepare(scene, one, result, people) {
  const { group, contender, platform } = one;
  try {
    const runner = await Runner.start(scene, one, people);
    const { checks, facts } = await check(runner);
    result.facts = facts;
    const wrong = checks.filter(({ passed }) => !passed);
    if (wrong.length === 0) return { checks, runner };
    await runner.server.stop();
    result.error = wrong.map(({ title, why }) => `${title}: ${why}`).join('\n');
    return { checks };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    result.error = why;
    const title = `${group} · ${contender} · ${platform}: starts`;
    return { checks: [{ title, passed: false, why }] };
  }
}

/** Two at a time, because the load is often what waits. @param {Generation} generation @param {Effort} effort */
async function warmUp({ runners, bares }, effort) {
  const { warmUpSeconds, loginWarmUpSeconds, loginsPerPart, startedAtOnce } = effort;
  if (warmUpSeconds === 0) return;
  const how = { seconds: warmUpSeconds, isAwake: false };
  for (const [platform, bare] of bares) {
    await runners.find((runner) => runner.case.platform === platform)?.barePart(bare, how);
  }
  await inTurns(runners, startedAtOnce, async (runner) => {
    if (runner.case.work !== 'login') return void (await runner.part(how));
    const end = performance.now() + loginWarmUpSeconds * 1000;
    while (performance.now() < end) await runner.loginPart(loginsPerPart);
  });
}

/** One round: a few passes through all contenders. @param {Generation} generation @param {Effort} effort */
async function measure({ runners, bares }, effort) {
  /** @type {Map<Runner, Round>} */
  const rounds = new Map();
  /** @type {Map<Runner, Record<'own' | 'bare', Part[]>>} */
  const parts = new Map(runners.map((runner) => [runner, { own: [], bare: [] }]));
  for (let pass = 0; pass < effort.passes; pass++) {
    for (const runner of [...runners.slice(pass), ...runners.slice(0, pass)]) {
      const unguarded = bares.get(runner.case.platform);
      if (!unguarded) continue;
      const { own, bare } = parts.get(runner) ?? { own: [], bare: [] };
      bare.push(await runner.barePart(unguarded, { seconds: effort.bareSeconds }));
      own.push(await ownPart(runner, effort));
    }
  }
  for (const [runner, { own, bare }] of parts) {
    const single = await atOneConnection(runner, bares, effort);
    rounds.set(runner, { own: sliceOf(own), bare: sliceOf(bare), ...(single && { single }) });
  }
  return rounds;
}

/** @param {Runner} runner @param {Effort} effort */
const ownPart = (runner, { partSeconds, loginsPerPart }) =>
  runner.case.work === 'login'
    ? runner.loginPart(loginsPerPart)
    : runner.part({ seconds: partSeconds });

/** As somebody meets it who waits for the answer and does nothing else. @param {Runner} runner @param {Map<string, Server>} bares @param {Effort} effort */
async function atOneConnection(runner, bares, { singleSeconds }) {
  const { work, people, platform } = runner.case;
  const bare = bares.get(platform);
  if (work !== 'me' || people !== 'few' || !bare) return undefined;
  const how = { seconds: singleSeconds / 2, connections: 1, isAwake: false };
  /** @type {Record<'own' | 'bare', Part[]>} */
  const parts = { own: [], bare: [] };
  for (let time = 0; time < 2; time++) {
    parts.bare.push(await runner.barePart(bare, how));
    parts.own.push(await runner.part(how));
  }
  return { own: sliceOf(parts.own).p50, bare: sliceOf(parts.bare).p50 };
}

/** @param {Generation} generation @param {Map<Case, Result>} results */
async function stop({ runners, bares }, results) {
  for (const runner of runners) {
    const result = results.get(runner.case);
    if (result) result.rss = await runner.server.ask('rss');
    await runner.server.stop();
  }
  for (const bare of bares.values()) await bare.stop();
}
