import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDocument, shownFile } from '../docs/markdown.js';
import { ROOT } from '../docs/root.js';

const EXAMPLE = join(ROOT, 'test', 'testing', 'example');
const LONGEST_TEST = 10;

/** The files that docs/testing.md shows, by their path. */
const shown = new Map(
  readDocument(ROOT, 'docs/testing.md').blocks.flatMap(({ text }) => {
    const file = shownFile(`${text}\n`);
    return file === undefined ? [] : [[file, text] as const];
  }),
);
const files = readdirSync(EXAMPLE, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .sort();
const examples = files.filter((file) => file.startsWith('test/'));

describe('docs/testing.md', () => {
  it.each(files)('shows %s as it is', (file) => {
    expect(`${shown.get(file)}\n`).toBe(readFileSync(join(EXAMPLE, file), 'utf8'));
  });

  it('shows no file that is not there, so that this suite runs every example', () => {
    expect([...shown.keys()].sort()).toEqual(files);
    expect(examples.every((file) => file.endsWith('.e2e-spec.ts'))).toBe(true);
    expect(examples.length).toBeGreaterThanOrEqual(4);
  });

  it.each(examples)('needs at most ten lines for %s', (file) => {
    const text = shown.get(file) ?? '';
    const body = text.slice(text.indexOf('\nit('), text.lastIndexOf('\n});')).split('\n').slice(2);
    expect(body.length).toBeGreaterThan(3);
    expect(body.length).toBeLessThanOrEqual(LONGEST_TEST);
  });
});
