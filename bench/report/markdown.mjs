// @ts-check
// The report: what was reached, and everything that was measured.
import { summary } from '../harness/statistics.mjs';
import { isReached, ratios, targetsOf } from '../targets.mjs';

/** @typedef {import('../run.mjs').Run} Run */
/** @typedef {import('../harness/statistics.mjs').Summary} Summary */

export const TITLES = /** @type {Record<string, string>} */ ({
  bearer: 'Bearer token, seen before',
  'bearer-first': 'Bearer token, RS256, seen for the first time',
  'bearer-first-es256': 'Bearer token, ES256, seen for the first time',
  session: 'Session of about 3 kB, seen before',
  'session-first': 'Session of about 3 kB, seen for the first time',
  'login-start': 'Login start',
  login: 'Login completed',
});

/** @param {number} value @param {number} [digits] */
const fixed = (value, digits = 2) => (Number.isFinite(value) ? value.toFixed(digits) : '–');

/** @param {Summary} value @param {number} [digits] */
const interval = ({ median, low, high }, digits = 2) =>
  Number.isFinite(median)
    ? `${fixed(median, digits)} (${fixed(low, digits)}–${fixed(high, digits)})`
    : 'not measured';

/** @param {string[]} head @param {(string | number)[][]} rows */
const table = (head, rows) =>
  [head, head.map((_, index) => (index === 0 ? '---' : '---:')), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');

/** @param {Run} run */
export function report(run) {
  const { machine, versions, groups, memory, startup, size, growth } = run;
  const results = Object.values(groups).flatMap((group) => group.results);
  const failed = results.filter(({ error }) => error);
  return [
    '# Speed, measured beside the peers',
    `Written by \`npm run bench\` (${run.effort} run, ${run.date.slice(0, 10)}); what is measured, and how to read it, is in [README.md](README.md).`,
    ...(run.effort === 'full' ? [] : ['**A quick run: figures to develop by, not to publish.**']),
    ...(run.warning
      ? [`**Servers and load were not pinned to CPUs of their own: ${run.warning}.**`]
      : []),
    '![CPU time per request, as a ratio to the unguarded route](report.svg)',
    '## The figures to reach',
    'Median of the rounds, and the lowest and highest round. "×" compares the ratios of the same round.',
    figures(targetsOf({ results, memory })),
    ...Object.entries(groups).flatMap(([group, { results: rows, date }]) => [
      `## ${TITLES[group]}`,
      ...(date.slice(0, 10) === run.date.slice(0, 10) ? [] : [`Measured ${date.slice(0, 10)}.`]),
      group === 'login' ? loginTable(rows) : ratioTable(group, rows),
    ]),
    ...(growth?.length ? ['## Many people at once', growthTable(growth)] : []),
    ...(memory?.length ? ['## Logins that nobody finishes', memoryTable(memory)] : []),
    ...(startup ? ['## Start', startTable(startup)] : []),
    ...(size ? ['## Size', sizeTable(size)] : []),
    '## What did not run',
    ...failed.map(({ group, contender, platform, error }) => {
      const lines = String(error).split('\n').slice(0, 12).join('\n');
      return `${TITLES[group]}, ${contender}, ${platform}:\n\n\`\`\`text\n${lines}\n\`\`\``;
    }),
    table(
      ['contender', 'where', 'why'],
      run.notRunning.map(({ contender, where, why }) => [contender, where, why]),
    ),
    '## Where',
    [
      `- ${machine.cpu}, ${machine.cpus} CPUs, ${machine.memory} GB; ${machine.system}`,
      `- ${Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', ')}`,
    ].join('\n'),
  ].join('\n\n');
}

/** @param {import('../targets.mjs').Target[]} targets */
function figures(targets) {
  const verdicts = new Map([
    [true, 'reached'],
    [false, '**missed**'],
    [undefined, '–'],
  ]);
  return table(
    ['', 'asked', 'measured', ''],
    targets.map((target) => [
      target.what,
      target.asked,
      interval(target.value) + (target.unit ?? ''),
      verdicts.get(isReached(target)) ?? '–',
    ]),
  );
}

/** @typedef {import('../measure/rounds.mjs').Result} Result */
/** @typedef {import('../measure/rounds.mjs').Round} Round */

/** The medians of a column. @param {Result} result @param {(round: Round) => number | undefined} pick @param {number} digits */
const column = ({ rounds }, pick, digits) =>
  fixed(summary(rounds.map((round) => pick(round) ?? NaN)).median, digits);

/** @param {string} group @param {Result[]} rows */
function ratioTable(group, rows) {
  const isSingle = rows.some(({ rounds }) => rounds.some(({ single }) => single));
  const hasFacts = group === 'login-start';
  const measured = rows.filter(({ error }) => !error);
  return table(
    [
      'contender',
      'of bare',
      'CPU µs',
      'bare µs',
      'req/s',
      'p50 ms',
      'p99 ms',
      'RSS MB',
      ...(isSingle ? ['one connection: p50 µs', 'of bare'] : []),
      ...(hasFacts ? ['makes'] : []),
    ],
    measured.map((row) => [
      `${row.contender}, ${row.platform}`,
      interval(summary(ratios(row))),
      column(row, ({ own }) => own.cpu, 0),
      column(row, ({ bare }) => bare.cpu, 0),
      column(row, ({ own }) => own.perSecond, 0),
      column(row, ({ own }) => own.p50, 2),
      column(row, ({ own }) => own.p99, 2),
      fixed(row.rss / 1e6, 0),
      ...(isSingle
        ? [
            column(row, ({ single }) => (single ? single.own * 1000 : NaN), 0),
            column(row, ({ single }) => (single ? single.own / single.bare : NaN), 2),
          ]
        : []),
      ...(hasFacts ? [factsOf(row)] : []),
    ]),
  );
}

/** @param {Result} row */
const factsOf = ({ facts }) =>
  Object.entries(facts)
    .filter(([, isTrue]) => isTrue)
    .map(([fact]) => fact)
    .join(', ') || 'nothing of this';

/** @param {Result[]} rows */
function loginTable(rows) {
  return table(
    ['contender', 'CPU ms', 'logins/s', 'RSS MB', 'checks'],
    rows
      .filter(({ error }) => !error)
      .map((row) => [
        `${row.contender}, ${row.platform}`,
        interval(summary(row.rounds.map(({ own }) => own.cpu / 1000))),
        column(row, ({ own }) => own.perSecond, 0),
        fixed(row.rss / 1e6, 0),
        factsOf(row),
      ]),
  );
}

/** @param {import('../measure/growth.mjs').Growth[]} growth */
const growthTable = (growth) =>
  table(
    ['', 'people', 'of bare', 'CPU µs', 'p99 ms', 'RSS MB'],
    growth.map(({ contender, people, ratio, cpu, p99, rss }) => [
      contender,
      people.toLocaleString('en'),
      fixed(ratio),
      fixed(cpu, 0),
      fixed(p99),
      fixed(rss / 1e6, 0),
    ]),
  );

/** @param {import('../measure/memory.mjs').Retained[]} memory */
const memoryTable = (memory) =>
  table(
    ['', 'logins', 'heap for each, B'],
    memory.map(({ contender, platform, logins, bytes }) => [
      `${contender}, ${platform}`,
      logins.toLocaleString('en'),
      fixed(bytes, 1),
    ]),
  );

/** @param {NonNullable<Run['startup']>} startup */
const startTable = ({ coldStarts, imports }) =>
  table(
    ['', 'ms'],
    [
      ...coldStarts.map(({ what, milliseconds }) => [
        `first answer: ${what}`,
        interval(milliseconds, 0),
      ]),
      ...imports.map(({ what, milliseconds }) => [
        `import after Nest: ${what}`,
        interval(milliseconds, 0),
      ]),
    ],
  );

/** @param {import('../measure/size.mjs').Size[]} size */
const sizeTable = (size) =>
  table(
    ['', 'packages it brings', 'installed kB', 'of which its own'],
    size.map(({ what, packages, bytes, own }) => [
      what,
      packages,
      fixed(bytes / 1000, 0),
      own ? fixed(own / 1000, 0) : '',
    ]),
  );
