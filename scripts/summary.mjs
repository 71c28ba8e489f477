// Adds up the JSON reports of the vitest runs.
import { readFileSync } from 'node:fs';

/**
 * @typedef {{ passed: number, failed: number, skipped: number, problems: string[] }} Totals
 */

/**
 * @param {string[]} suites
 * @param {(suite: string) => string} reportOf
 * @returns {Totals}
 */
export function sumReports(suites, reportOf) {
  /** @type {Totals} */
  const totals = { passed: 0, failed: 0, skipped: 0, problems: [] };
  for (const suite of suites) {
    try {
      const report = JSON.parse(readFileSync(reportOf(suite), 'utf8'));
      totals.passed += report.numPassedTests;
      totals.failed += report.numFailedTests;
      totals.skipped += report.numPendingTests + report.numTodoTests;
      if (!report.numTotalTests) totals.problems.push(`no ${suite} tests`);
    } catch {
      totals.problems.push(`no report of the ${suite} tests`);
    }
  }
  return totals;
}

/**
 * The closing line, and whether all went well. Skipped tests count as a failure: nothing is
 * skipped silently.
 *
 * @param {Totals} totals
 * @param {string[]} failedSteps
 */
export function summarize({ passed, failed, skipped, problems }, failedSteps) {
  const notes = [...problems];
  if (skipped > 0) notes.push(`${skipped} skipped`);
  if (failedSteps.length > 0) notes.push(`failed steps: ${failedSteps.join(', ')}`);
  const line = [`${passed} passed, ${failed} failed`, ...notes].join('; ');
  return { line, succeeded: passed > 0 && failed === 0 && notes.length === 0 };
}
