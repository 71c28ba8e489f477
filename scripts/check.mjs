// `npm run check`: every check of the project in one command. All steps run, so that one run shows
// everything that is wrong; the last line counts the tests of all suites.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './packages.mjs';
import { sumReports, summarize } from './summary.mjs';

/** @type {{ script: string, suite?: string }[]} */
const STEPS = [
  { script: 'format:check' },
  { script: 'lint' },
  { script: 'typecheck' },
  { script: 'build' },
  { script: 'test:unit', suite: 'unit' },
  { script: 'test:e2e', suite: 'e2e' },
  { script: 'test:browser', suite: 'browser' },
  { script: 'check:logs', suite: 'logs' },
  { script: 'bench:smoke', suite: 'bench' },
  { script: 'check:packages' },
  { script: 'check:docs', suite: 'docs' },
];

/** @param {string} suite */
const reportOf = (suite) => join(root, 'test-output', `${suite}.json`);

const suites = STEPS.flatMap(({ suite }) => suite ?? []);
mkdirSync(join(root, 'test-output'), { recursive: true });
for (const suite of suites) rmSync(reportOf(suite), { force: true });
rmSync(join(root, 'test-output', 'logs'), { recursive: true, force: true });

const results = STEPS.map(({ script }) => {
  console.log(`\n━━━ ${script} ${'━'.repeat(Math.max(3, 60 - script.length))}\n`);
  const start = performance.now();
  const args = ['run', '--silent', script];
  const { status } = spawnSync('npm', args, { cwd: root, stdio: 'inherit' });
  return { script, passed: status === 0, seconds: (performance.now() - start) / 1000 };
});

console.log('\n━━━ summary\n');
for (const { script, passed, seconds } of results) {
  console.log(`${passed ? 'ok    ' : 'FAILED'}  ${script.padEnd(16)} ${seconds.toFixed(1)} s`);
}
const failedSteps = results.filter(({ passed }) => !passed).map(({ script }) => script);
const totals = sumReports(suites, reportOf);
for (const failure of totals.failures) console.log(`\n${failure}`);
const { line, succeeded } = summarize(totals, failedSteps);
console.log(`\n${line}`);
process.exitCode = succeeded ? 0 : 1;
