import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { captureLog } from '../../support/log-capture/captured.js';
import { builtExample } from './build.js';

/** The example in a process of its own. */
export interface Example {
  readonly url: string;
  /** Everything it has printed. */
  readonly output: () => string;
  /** Stops it as Ctrl+C does, and answers its exit code. */
  interrupt(): Promise<number | null>;
}

/** What became of an example that did not start. */
export class ExampleFailed extends Error {
  constructor(
    readonly exitCode: number | null,
    readonly output: string,
  ) {
    super(`The example ended with exit code ${exitCode}:\n${output}`);
  }
}

/** Starts the example, with nothing configured by default, and waits until it says where to click. */
export async function startExample(
  port: number,
  configuration: Readonly<Record<string, string>> = {},
): Promise<Example> {
  const child = spawn(process.execPath, [builtExample()], {
    // No .env of the developer, and no variable either
    cwd: tmpdir(),
    env: { PATH: process.env.PATH, NO_COLOR: '1', PORT: String(port), ...configuration },
  });
  let output = '';
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const url = await new Promise<string>((resolve, reject) => {
    const read = (text: string): void => {
      output += text;
      captureLog(text);
      const [, where] = /Open (http\S+)\n/.exec(output) ?? [];
      if (where) resolve(where);
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    child.once('close', (code) => reject(new ExampleFailed(code, output)));
  });
  return {
    url,
    output: () => output,
    async interrupt() {
      child.kill('SIGINT');
      return (await exited)[0];
    },
  };
}
