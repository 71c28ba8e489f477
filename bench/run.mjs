// @ts-check
// npm run bench [-- --quick | --smoke] [--group bearer,session] [--platform fastify] [--contender jose]
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { root } from '../scripts/packages.mjs';
import { describeMachine, describeVersions } from './harness/machine.mjs';
import { UNPINNED } from './harness/processes.mjs';
import { openScene } from './harness/scene.mjs';
import { measureGrowth } from './measure/growth.mjs';
import { measureMemory } from './measure/memory.mjs';
import { measureGroup } from './measure/rounds.mjs';
import { measureSize } from './measure/size.mjs';
import { measureStartup } from './measure/startup.mjs';
import { effort, isSmoke, isWhole, wantsContender, wantsGroup } from './options.mjs';
import { CASES, NOT_RUNNING, SMOKE_GROUPS } from './plan.mjs';
import { report, TITLES } from './report/markdown.mjs';
import { chart } from './report/svg.mjs';
import { isReached, targetsOf } from './targets.mjs';

/**
 * @typedef {object} Run
 * @property {string} effort
 * @property {string} date
 * @property {string | undefined} warning
 * @property {ReturnType<typeof describeMachine>} machine
 * @property {Record<string, string>} versions
 * @property {typeof NOT_RUNNING} notRunning
 * @property {Record<string, { date: string, results: import('./measure/rounds.mjs').Result[] }>} groups
 * @property {import('./measure/memory.mjs').Retained[]} [memory]
 * @property {Awaited<ReturnType<typeof measureStartup>>} [startup]
 * @property {import('./measure/size.mjs').Size[]} [size]
 * @property {import('./measure/growth.mjs').Growth[]} [growth]
 */

const bench = fileURLToPath(new URL('.', import.meta.url));
// Only a full run is worth committing
const folder = effort.name === 'full' ? bench : join(root, 'test-output', 'bench', effort.name);
const resultsFile = join(folder, 'results.json');

const date = new Date().toISOString();
/** @type {Run} */
const run = {
  groups: {},
  ...(isWhole ? {} : read()),
  effort: effort.name,
  date,
  warning: UNPINNED,
  machine: describeMachine(),
  versions: describeVersions(),
  notRunning: NOT_RUNNING,
};

/** What an earlier run of a part left behind. @returns {Partial<Run>} */
function read() {
  return existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, 'utf8')) : {};
}

if (UNPINNED && !isSmoke)
  console.warn(`warning: servers and load share all CPUs, because ${UNPINNED}`);
/** @type {import('./harness/checks.mjs').Check[]} */
const checks = [];
const begin = performance.now();
const scene = await openScene();

/** @param {string} what */
const say = (what) => console.log(`${((performance.now() - begin) / 1000).toFixed(0)} s  ${what}`);

for (const [group, title] of Object.entries(TITLES)) {
  const cases = CASES.filter((one) => one.group === group && wantsContender(one));
  if (!wantsGroup(group) || cases.length === 0 || (isSmoke && !SMOKE_GROUPS.includes(group)))
    continue;
  say(title);
  const measured = await measureGroup(scene, cases, effort, say);
  checks.push(...measured.checks);
  run.groups[group] = { date, results: measured.results };
}
if (!isSmoke && wantsGroup('growth')) {
  say('Many people at once');
  run.growth = await measureGrowth(scene, effort);
}
if (!isSmoke && wantsGroup('memory')) {
  say('Logins that nobody finishes');
  run.memory = await measureMemory(scene, effort);
}
if (!isSmoke && wantsGroup('startup')) {
  say('Start');
  run.startup = await measureStartup(scene, effort);
}
if (wantsGroup('size')) run.size = measureSize();
await scene.close();

mkdirSync(folder, { recursive: true });
const results = Object.values(run.groups).flatMap((group) => group.results);
writeFileSync(join(folder, 'report.svg'), chart(results, TITLES));
writeFileSync(join(folder, 'report.md'), await format(report(run), { parser: 'markdown' }));
writeFileSync(resultsFile, await format(JSON.stringify(run), { parser: 'json', printWidth: 100 }));
say(`written: ${join(folder, 'report.md')}`);

const failed = checks.filter(({ passed }) => !passed);
for (const { title, why } of failed) console.error(`FAILED  ${title}: ${why}`);
if (isSmoke) smokeReport();
else for (const target of targetsOf({ results, memory: run.memory })) show(target);
console.log(`${checks.length - failed.length} checks passed, ${failed.length} failed`);
// Whoever measured contenders and checked none of them has proved nothing
const isProven = checks.length > 0 || Object.keys(TITLES).every((group) => !wantsGroup(group));
process.exit(failed.length === 0 && isProven ? 0 : 1);

/** @param {import('./targets.mjs').Target} target */
function show(target) {
  const verdict = { true: 'reached', false: 'MISSED ', undefined: '–      ' }[
    `${isReached(target)}`
  ];
  const { median, low, high } = target.value;
  const [value, from, to] = [median, low, high].map((number) => number.toFixed(2));
  console.log(`${verdict} ${value} (${from}–${to})  ${target.what}: ${target.asked}`);
}

/** For `npm run check`, which adds up the tests of all suites. */
function smokeReport() {
  const report = {
    numTotalTests: checks.length,
    numPassedTests: checks.length - failed.length,
    numFailedTests: failed.length,
    numPendingTests: 0,
    numTodoTests: 0,
  };
  writeFileSync(join(root, 'test-output', 'bench.json'), JSON.stringify(report));
}
