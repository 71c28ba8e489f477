// Stands for the package `upbond-emulator` in the suites: an emulator whose log is captured, too.
import {
  startUpbondEmulator as start,
  type UpbondEmulator,
  type UpbondEmulatorOptions,
} from '../../../libs/upbond-emulator/src/index.js';
import { captureLog, recordSecret } from './captured.js';

export * from '../../../libs/upbond-emulator/src/index.js';

export function startUpbondEmulator(options: UpbondEmulatorOptions = {}): Promise<UpbondEmulator> {
  for (const { clientSecret } of options.clients ?? []) recordSecret('client_secret', clientSecret);
  const logger = (line: string): void => {
    captureLog(`emulator ${line}`);
    options.logger?.(line);
  };
  return start({ ...options, logger });
}
