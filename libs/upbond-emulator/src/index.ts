export { startUpbondEmulator } from './emulator.js';
export type { UpbondEmulator } from './emulator.js';
export type {
  UpbondEmulatorAutoLogin,
  UpbondEmulatorLifetimes,
  UpbondEmulatorOptions,
} from './options.js';
export type { JsonWebKeyWithId, UpbondEmulatorClient } from './clients.js';
export type { UpbondEmulatorUser, UpbondEmulatorUserInput } from './users.js';
export type { SigningAlgorithm, UpbondEmulatorHabits } from './habits.js';
export type { UpbondEmulatorCounters } from './counters.js';
export { UpbondEmulatorError } from './errors.js';
export type { UpbondEmulatorErrorCode } from './errors.js';
