import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { anchors, codeOf, links, readDocument, table, type Document } from './markdown.js';
import { optionReference } from './option-reference.js';
import { testTitles } from './titles.js';

// Each check answers sentences that say what is wrong and where; none when all is well.

/** Links to files and headings of the repository lead somewhere. */
export function brokenLinks(root: string, document: Document): string[] {
  return links(document).flatMap(({ target, line }) => {
    if (/^(https?|mailto):/.test(target)) return [];
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? document.file : join(dirname(document.file), decodeURI(path));
    const where = `${document.path}:${line}: ${target}`;
    if (!existsSync(file)) return [`${where} does not exist`];
    if (anchor === undefined || !file.endsWith('.md')) return [];
    return anchors(readDocument('', file)).has(anchor) ? [] : [`${where}: no such heading`];
  });
}

/** Every `npm run …` in a document is a script of the repository. */
export function unknownScripts(root: string, document: Document): string[] {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const text = [...document.lines, ...document.blocks.map((block) => block.text)].join('\n');
  return [...text.matchAll(/\bnpm (?:run )?(start|test|run [\w:-]+|(?<=run )[\w:-]+)\b/g)]
    .map(([, name = '']) => name)
    .filter((name) => !(name in scripts))
    .map((name) => `${document.path}: npm run ${name} is not a script of package.json`);
}

/** The option table says what the source says: every option, its variable, its default, its range. */
export function optionTableProblems(document: Document): string[] {
  const rows = table(document, 'option');
  const reference = optionReference();
  const documented = rows.map(([option]) => codeOf(option));
  const problems = reference
    .filter(({ option }) => !documented.includes(option))
    .map(({ option }) => `the option ${option} is missing in ${document.path}`);
  for (const [optionCell, variable, defaultCell = '', meaning = ''] of rows) {
    const option = codeOf(optionCell) ?? '';
    const known = reference.find((one) => one.option === option);
    const say = (what: string) => problems.push(`${document.path}: option ${option}: ${what}`);
    if (!known) {
      say('does not exist in the source');
      continue;
    }
    if (codeOf(variable) !== known.variable) say(`its variable is ${known.variable ?? 'none'}`);
    if (known.isRequired !== defaultCell.startsWith('required')) say('required, or not?');
    if (known.default !== undefined && plain(defaultCell) !== plain(known.default)) {
      say(`its default is ${known.default}`);
    }
    if (known.range && !` ${meaning}`.match(` ${known.range}(?!\\d)`))
      say(`its range is ${known.range}`);
    if (option.endsWith('Seconds') && !meaning.includes('seconds')) say('its unit is missing');
  }
  return problems;
}

function plain(text: string): string {
  const bare = text.replace(/\([^)]*\)$/, '').replace(/[`'"[\],]/g, '');
  return bare.trim() || 'none';
}

/** The table of error codes has every code, with its status. */
export function errorTableProblems(
  document: Document,
  codes: Readonly<Record<string, { readonly status: number }>>,
): string[] {
  const rows = table(document, 'code').map(([code, status]) => [codeOf(code) ?? '', status]);
  const documented = new Map(rows as [string, string][]);
  return [
    ...Object.entries(codes)
      .filter(([code, { status }]) => documented.get(code) !== String(status))
      .map(([code, { status }]) => `${document.path}: ${code} with status ${status} is missing`),
    ...[...documented.keys()]
      .filter((code) => !Object.hasOwn(codes, code))
      .map((code) => `${document.path}: ${code} does not exist in the source`),
  ];
}

/** Every test of the attack spec is a line of the document, below its group, and nothing else is. */
export function attackProblems(root: string, document: Document, spec: string): string[] {
  const tests = testTitles(join(root, spec)).map((title) => title.replaceAll(/%s|\$\w+/g, '…'));
  const listed: string[] = [];
  let group = '';
  for (const line of document.lines) {
    group = /^### (.*)$/.exec(line)?.[1] ?? group;
    const [, title] = new RegExp(`^- \\[(.*)\\]\\(${spec}\\)$`).exec(line) ?? [];
    if (title) listed.push(`${group} › ${title}`);
  }
  return [
    ...listed.filter((title) => !tests.includes(title)).map((title) => `no test "${title}"`),
    ...tests.filter((title) => !listed.includes(title)).map((title) => `not listed: "${title}"`),
  ].map((problem) => `${document.path}: ${problem}`);
}

/** Every test that these tables of a document link to is in the spec that the link leads to. */
export function unknownTests(
  root: string,
  document: Document,
  tables: readonly string[],
): string[] {
  const rows = tables.flatMap((first) => table(document, first));
  const named = rows.map((row) => links({ ...document, lines: [row.at(-1) ?? ''] }));
  return [
    ...rows.filter((_, index) => named[index]?.length === 0).map(([what]) => `no test of ${what}`),
    ...named.flat().flatMap(({ text, target }) => {
      const file = join(dirname(document.file), target);
      const titles = existsSync(file) ? testTitles(file) : [];
      const known = titles.map((title) =>
        title
          .split(' › ')
          .at(-1)
          ?.replaceAll(/%s|\$\w+/g, '…'),
      );
      return known.includes(text) ? [] : [`${target} has no test "${text}"`];
    }),
  ].map((problem) => `${document.path}: ${problem}`);
}
