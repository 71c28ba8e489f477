/** The time, and how far a test has moved it; for `overrideProvider(CLOCK)`. */
export class MovableClock {
  #offsetSeconds = 0;
  #stoppedAt: number | undefined;

  readonly now = (): number => this.#stoppedAt ?? Date.now() / 1000 + this.#offsetSeconds;

  forward(seconds: number): void {
    this.#offsetSeconds += seconds;
  }

  /** Stands still at exactly this moment, in seconds since the epoch, until it is reset. */
  stopAt(moment: number): void {
    this.#stoppedAt = moment;
  }

  reset(): void {
    this.#offsetSeconds = 0;
    this.#stoppedAt = undefined;
  }
}
