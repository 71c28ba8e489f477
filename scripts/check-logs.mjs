// Holds what the suites logged against the secrets that they handed around. test/support/log-capture
// wrote both while they ran. `npm run check:logs -- e2e` looks at one suite alone.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findLeaks, isSearchable } from './log-search.mjs';
import { root } from './packages.mjs';
import { main } from './run.mjs';

// Its own test looks elsewhere
const OUTPUT = process.env.TEST_OUTPUT ?? join(root, 'test-output');
const SUITES = ['unit', 'e2e', 'browser'];
const MOST_SHOWN = 20;

/**
 * The distinct lines of all files of a kind.
 *
 * @param {string} suite
 * @param {string} extension
 */
function linesOf(suite, extension) {
  const folder = join(OUTPUT, 'logs');
  const files = existing(folder).filter(
    (name) => name.startsWith(`${suite}-`) && name.endsWith(`.${extension}`),
  );
  const texts = files.map((name) => readFileSync(join(folder, name), 'utf8'));
  return [...new Set(texts.flatMap((text) => text.split('\n')))].filter((line) => line !== '');
}

/** @param {string} folder */
function existing(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/**
 * @param {string} suite
 * @returns {string[]} what is wrong
 */
function check(suite) {
  const lines = linesOf(suite, 'log');
  const all = linesOf(suite, 'secrets').map((line) => {
    const [kind, value] = /** @type {[string, string]} */ (JSON.parse(line));
    return { kind, value };
  });
  const byValue = new Map(all.map((secret) => [secret.value, secret]));
  const secrets = [...byValue.values()].filter(({ value }) => isSearchable(value));
  const leaks = findLeaks(lines, secrets);
  const other = byValue.size - secrets.length;
  console.log(
    `${suite}: ${lines.length} distinct log lines, ${secrets.length} distinct secrets (${kinds(secrets)}); ` +
      `${other} short or plain words left out; ${leaks.length} leaks`,
  );
  const problems = leaks.map(({ kind, line }) => `${suite}: ${kind} in: ${line.slice(0, 300)}`);
  // Whoever finds nothing has to have looked
  if (lines.length === 0) problems.push(`${suite}: no log lines were captured`);
  if (secrets.length === 0) problems.push(`${suite}: no secrets were recorded`);
  return problems;
}

/** @param {readonly { kind: string }[]} secrets */
function kinds(secrets) {
  /** @type {Record<string, number>} */
  const counts = {};
  for (const { kind } of secrets) counts[kind] = (counts[kind] ?? 0) + 1;
  return Object.entries(counts)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');
}

main(() => {
  const suites = process.argv.length > 2 ? process.argv.slice(2) : SUITES;
  const failed = suites.map(check).filter((problems) => {
    for (const problem of problems.slice(0, MOST_SHOWN)) console.error(problem);
    return problems.length > 0;
  });
  // In the words of vitest's report, for scripts/summary.mjs: one test for each suite
  const report = {
    numTotalTests: suites.length,
    numPassedTests: suites.length - failed.length,
    numFailedTests: failed.length,
    numPendingTests: 0,
    numTodoTests: 0,
  };
  writeFileSync(join(OUTPUT, 'logs.json'), JSON.stringify(report));
  if (failed.length > 0) throw new Error('A log shows a secret, or nothing was searched.');
});
