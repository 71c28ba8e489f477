import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** A fenced code block. */
export interface CodeBlock {
  readonly language: string;
  /** What follows the language on the opening line. */
  readonly info: string;
  readonly text: string;
  /** Line of the document on which the text begins, counted from 1. */
  readonly line: number;
  /** Number of the section (second-level heading) that it is in. */
  readonly section: number;
  /** Whether it is between `<!-- quick-start … -->` and `<!-- /quick-start -->`. */
  readonly isQuickStart: boolean;
}

/** A document: its code blocks, and its text without them. */
export interface Document {
  /** Path relative to the root of the repository. */
  readonly path: string;
  readonly file: string;
  readonly blocks: readonly CodeBlock[];
  readonly lines: readonly string[];
}

const FENCE = /^( *)```(\S*) *(.*)$/;

export function readDocument(root: string, path: string): Document {
  const file = join(root, path);
  return { path, file, ...parse(readFileSync(file, 'utf8').split('\n')) };
}

function parse(source: readonly string[]): Pick<Document, 'blocks' | 'lines'> {
  const blocks: CodeBlock[] = [];
  const lines: string[] = [];
  let section = 0;
  let isQuickStart = false;
  for (let index = 0; index < source.length; index++) {
    const line = source[index] ?? '';
    const fence = FENCE.exec(line);
    if (!fence) {
      if (line.startsWith('## ')) section += 1;
      if (line.startsWith('<!-- quick-start')) isQuickStart = true;
      if (line.startsWith('<!-- /quick-start')) isQuickStart = false;
      lines.push(line);
      continue;
    }
    const [, indent = '', language = '', info = ''] = fence;
    const end = source.indexOf(`${indent}\`\`\``, index + 1);
    if (end < 0) throw new Error(`the code block in line ${index + 1} is not closed`);
    const text = source.slice(index + 1, end).map((one) => one.slice(indent.length));
    const place = { line: index + 2, section, isQuickStart };
    blocks.push({ language, info, text: text.join('\n'), ...place });
    lines.push(...Array<string>(end - index + 1).fill(''));
    index = end;
  }
  return { blocks, lines };
}

/** The file that a block shows: its first line is a comment with the path. */
export function shownFile(text: string): string | undefined {
  return /^\/\/ ((?:src|test)\/\S+)\n/.exec(text)?.[1];
}

/** A link of a document, with the text it is on. */
export interface Link {
  readonly text: string;
  readonly target: string;
  readonly line: number;
}

export function links({ lines }: Document): Link[] {
  return lines.flatMap((content, index) =>
    [...content.replace(/`[^`]*`/g, '').matchAll(/\[([^\]]*)\]\(([^)\s]+)\)/g)].map(
      ([, text = '', target = '']) => ({ text, target, line: index + 1 }),
    ),
  );
}

/** Where headings can be linked to, as GitHub names them. */
export function anchors({ lines }: Document): Set<string> {
  const headings = lines.filter((line) => /^#{1,6} /.test(line));
  return new Set(
    headings.map((heading) =>
      heading
        .replace(/^#+ /, '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\- _]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** Rows of the table whose first heading is `first`, as cells; the heading row is left out. */
export function table({ lines, path }: Document, first: string): string[][] {
  const rows = lines.map(cells);
  const start = rows.findIndex((row) => row[0] === first);
  if (start < 0) throw new Error(`${path} has no table that begins with "${first}"`);
  const end = rows.findIndex((row, index) => index > start && row.length === 0);
  return rows.slice(start + 2, end < 0 ? undefined : end);
}

function cells(line: string): string[] {
  if (!line.startsWith('|')) return [];
  const inner = line.replace(/^\|/, '').replace(/\|\s*$/, '');
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim());
}

/** What stands in the only code span of a cell. */
export function codeOf(cell: string | undefined): string | undefined {
  return /^`([^`]+)`$/.exec(cell ?? '')?.[1];
}

/** Links to a file of the repository, as paths relative to the root. */
export function targetPath({ file }: Document, root: string, target: string): string {
  return relative(root, join(dirname(file), target));
}
