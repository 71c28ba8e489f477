import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './packages.mjs';
import { sumReports, summarize } from './summary.mjs';

const NOTHING = { passed: 0, failed: 0, skipped: 0, problems: [] };

it('adds up the suites and names a missing and an empty one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'summary-'));
  const report = { numPassedTests: 3, numFailedTests: 1, numPendingTests: 1, numTodoTests: 1 };
  writeFileSync(join(folder, 'unit'), JSON.stringify({ ...report, numTotalTests: 6 }));
  writeFileSync(join(folder, 'e2e'), JSON.stringify({ ...report, numTotalTests: 6 }));
  writeFileSync(join(folder, 'empty'), JSON.stringify({ numPassedTests: 0, numTotalTests: 0 }));

  const totals = sumReports(['unit', 'e2e', 'browser'], (suite) => join(folder, suite));
  expect(totals).toEqual({
    passed: 6,
    failed: 2,
    skipped: 4,
    problems: ['no report of the browser tests'],
    failures: [],
  });
  expect(sumReports(['empty'], (suite) => join(folder, suite)).problems).toEqual([
    'no empty tests',
  ]);
});

it('names what failed, with the first line of the reason', () => {
  const folder = mkdtempSync(join(tmpdir(), 'summary-'));
  const passed = { fullName: 'guard lets in', status: 'passed', failureMessages: [] };
  const failed = {
    fullName: 'guard keeps out',
    status: 'failed',
    failureMessages: ['expected 401\n  at guard.ts:3'],
  };
  const testResults = [
    { name: join(root, 'a.spec.ts'), status: 'failed', assertionResults: [passed, failed] },
    {
      name: join(root, 'b.spec.ts'),
      status: 'failed',
      message: 'no such module\nat',
      assertionResults: [],
    },
    { name: join(root, 'c.spec.ts'), status: 'passed', assertionResults: [passed] },
  ];
  const report = { numPassedTests: 2, numFailedTests: 1, numTotalTests: 3, testResults };
  writeFileSync(join(folder, 'e2e'), JSON.stringify(report));

  expect(sumReports(['e2e'], (suite) => join(folder, suite)).failures).toEqual([
    'a.spec.ts > guard keeps out: expected 401',
    'b.spec.ts: no such module',
  ]);
});

it.each([
  [{ ...NOTHING, passed: 7 }, [], '7 passed, 0 failed', true],
  [NOTHING, [], '0 passed, 0 failed', false],
  [{ ...NOTHING, passed: 7, failed: 1 }, [], '7 passed, 1 failed', false],
  [{ ...NOTHING, passed: 7, skipped: 2 }, [], '7 passed, 0 failed; 2 skipped', false],
  [{ ...NOTHING, passed: 7 }, ['lint'], '7 passed, 0 failed; failed steps: lint', false],
  [
    { ...NOTHING, passed: 7, problems: ['no e2e tests'] },
    [],
    '7 passed, 0 failed; no e2e tests',
    false,
  ],
])('closes %j, failed steps %j with "%s"', (totals, failedSteps, line, succeeded) => {
  expect(summarize(totals, failedSteps)).toEqual({ line, succeeded });
});
