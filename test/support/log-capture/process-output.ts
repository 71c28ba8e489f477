// What a test process prints besides its loggers.
import { format, inspect } from 'node:util';
import { captureLog } from './captured.js';

const METHODS = ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const;

/** Reads along with the console, both streams of the process, and Node's warnings. */
export function captureProcessOutput(): void {
  for (const method of METHODS) {
    const original = console[method];
    console[method] = (...values: unknown[]) => {
      captureLog(format(...values));
      original.apply(console, values);
    };
  }
  for (const stream of [process.stdout, process.stderr]) {
    const original = stream.write.bind(stream) as (...values: unknown[]) => boolean;
    stream.write = (chunk: string | Uint8Array, ...more: unknown[]) => {
      captureLog(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
      return original(chunk, ...more);
    };
  }
  process.on('warning', (warning) => captureLog(inspect(warning)));
}
