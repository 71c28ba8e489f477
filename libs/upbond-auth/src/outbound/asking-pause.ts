import { UpbondAuthException } from '../errors/upbond-auth.exception.js';

/** Without a word of the server: one second, then two, four and so on up to this. */
const LONGEST_GUESS_SECONDS = 30;
/** A server that asks for more is asked again after this, in seconds. */
const LONGEST_SECONDS = 3600;

/**
 * How long nothing is asked after a failure, so that a server in trouble is left alone and every call in
 * the meantime gets its answer at once.
 */
export class AskingPause {
  #failures = 0;
  #until = -Infinity;
  #error: unknown;

  /** @param now seconds since the epoch */
  constructor(private readonly now: () => number) {}

  isOn(): boolean {
    return this.now() < this.#until;
  }

  /** Throws what the last try threw, while the pause lasts. */
  assertOver(): void {
    if (!this.isOn()) return;
    if (!(this.#error instanceof UpbondAuthException)) throw this.#error;
    const { code, detail } = this.#error;
    const seconds = Math.max(1, Math.ceil(this.#until - this.now()));
    const isOutage = code === 'temporarily_unavailable';
    throw new UpbondAuthException(code, {
      detail: `not asked again for ${seconds} s: ${detail ?? code}`,
      cause: this.#error,
      ...(isOutage && {
        retryAfterSeconds: seconds,
        headers: { 'Retry-After': String(seconds) },
      }),
    });
  }

  begin(error: unknown): void {
    const said = error instanceof UpbondAuthException ? error.retryAfterSeconds : undefined;
    const guess = Math.min(2 ** this.#failures, LONGEST_GUESS_SECONDS);
    this.#failures += 1;
    this.#until = this.now() + Math.min(said ?? guess, LONGEST_SECONDS);
    this.#error = error;
  }

  end(): void {
    this.#failures = 0;
    this.#until = -Infinity;
    this.#error = undefined;
  }
}
