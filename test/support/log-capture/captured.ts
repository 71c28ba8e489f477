// Where a test process writes what it logs, and which secrets it saw. scripts/check-logs.mjs searches the
// one for the other after the suites. Everything is written at once: some processes are killed.
import { appendFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { threadId } from 'node:worker_threads';

export const FOLDER = fileURLToPath(new URL('../../../test-output/logs/', import.meta.url));

// The suite's configuration names it; processes that a test starts inherit it.
const { LOG_SUITE } = process.env;

/** A file of this process and suite that holds each line once: repetitions hide nothing. */
class Lines {
  readonly #known = new Set<string>();

  constructor(private readonly extension: string) {}

  add(line: string): void {
    if (LOG_SUITE === undefined || this.#known.has(line)) return;
    this.#known.add(line);
    mkdirSync(FOLDER, { recursive: true });
    const name = `${LOG_SUITE}-${process.pid}-${threadId}.${this.extension}`;
    appendFileSync(FOLDER + name, `${line}\n`);
  }
}

const logs = new Lines('log');
const secrets = new Lines('secrets');

/** Keeps what was logged, whatever it is and wherever it goes besides. */
export function captureLog(text: string): void {
  for (const line of text.split('\n')) if (line.trim() !== '') logs.add(line);
}

/** Notes a value that no log may contain. */
export function recordSecret(kind: string, value: unknown): void {
  if (typeof value === 'string' && value !== '') secrets.add(JSON.stringify([kind, value]));
}
