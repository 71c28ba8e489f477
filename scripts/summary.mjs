// Adds up the JSON reports of the vitest runs.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { root } from './packages.mjs';

/**
 * @typedef {{ passed: number, failed: number, skipped: number, problems: string[], failures: string[] }} Totals
 * @typedef {{ name: string, status: string, message: string, assertionResults: Test[] }} TestFile
 * @typedef {{ fullName: string, status: string, failureMessages: string[] }} Test
 */

/**
 * @param {string[]} suites
 * @param {(suite: string) => string} reportOf
 * @returns {Totals}
 */
export function sumReports(suites, reportOf) {
  /** @type {Totals} */
  const totals = { passed: 0, failed: 0, skipped: 0, problems: [], failures: [] };
  for (const suite of suites) {
    try {
      const report = JSON.parse(readFileSync(reportOf(suite), 'utf8'));
      totals.passed += report.numPassedTests;
      totals.failed += report.numFailedTests;
      totals.skipped += report.numPendingTests + report.numTodoTests;
      /** @type {TestFile[]} */
      const files = report.testResults ?? [];
      totals.failures.push(...files.flatMap(failuresOf));
      if (!report.numTotalTests) totals.problems.push(`no ${suite} tests`);
    } catch {
      totals.problems.push(`no report of the ${suite} tests`);
    }
  }
  return totals;
}

/**
 * What failed in a file, each in a line with its reason: the end of the output is often all that is kept of it.
 *
 * @param {TestFile} file
 */
function failuresOf({ name, status, message, assertionResults }) {
  const file = relative(root, name);
  const failed = assertionResults.filter((test) => test.status === 'failed');
  if (status === 'failed' && failed.length === 0) return [`${file}: ${firstLine(message)}`];
  return failed.map(
    ({ fullName, failureMessages }) =>
      `${file} > ${fullName}: ${firstLine(failureMessages.join(' '))}`,
  );
}

/** @param {string} text */
const firstLine = (text) => text.trim().split('\n', 1)[0];

/**
 * The closing line, and whether all went well. Skipped tests count as a failure: nothing is
 * skipped silently.
 *
 * @param {Omit<Totals, 'failures'>} totals
 * @param {string[]} failedSteps
 */
export function summarize({ passed, failed, skipped, problems }, failedSteps) {
  const notes = [...problems];
  if (skipped > 0) notes.push(`${skipped} skipped`);
  if (failedSteps.length > 0) notes.push(`failed steps: ${failedSteps.join(', ')}`);
  const line = [`${passed} passed, ${failed} failed`, ...notes].join('; ');
  return { line, succeeded: passed > 0 && failed === 0 && notes.length === 0 };
}
