/** The time, and how far a test has moved it; for `overrideProvider(CLOCK)`. */
export class MovableClock {
  #offsetSeconds = 0;

  readonly now = (): number => Date.now() / 1000 + this.#offsetSeconds;

  forward(seconds: number): void {
    this.#offsetSeconds += seconds;
  }

  reset(): void {
    this.#offsetSeconds = 0;
  }
}
