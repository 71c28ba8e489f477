/** Why the emulator did not start or refused a change. */
export type UpbondEmulatorErrorCode = 'invalid_options' | 'port_unavailable' | 'production_refused';

/**
 * Is thrown by {@link startUpbondEmulator} with a sentence that says what to change.
 *
 * Branch on {@link UpbondEmulatorError.code}; the message is for people.
 */
export class UpbondEmulatorError extends Error {
  /** Always `UpbondEmulatorError`. */
  override readonly name = 'UpbondEmulatorError';

  /** What went wrong, as a stable word. */
  readonly code: UpbondEmulatorErrorCode;

  /** Is made by the emulator only. */
  constructor(code: UpbondEmulatorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
