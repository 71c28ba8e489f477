/**
 * The time of the applications that a kit was given: that of the system, until it is moved. It goes on
 * from there, and it moves nothing else: timers and `Date` stay as they are.
 *
 * What other servers measure does not move either: Redis and stores of express-session let sessions
 * expire by their own clocks, so with a `sessionStore` go forward only.
 */
export class TestingClock {
  #offsetSeconds = 0;

  /** Seconds since the epoch, with fractions. */
  readonly now = (): number => Date.now() / 1000 + this.#offsetSeconds;

  /**
   * Goes forward, or back by a negative number.
   *
   * @param seconds - for example the lifetime of a session and one more
   */
  advance(seconds: number): void {
    if (!Number.isFinite(seconds)) throw new RangeError('advance() takes a number of seconds');
    this.#offsetSeconds += seconds;
  }

  /**
   * Goes to a time of the calendar.
   *
   * @param date - what the application takes for now
   */
  set(date: Date): void {
    this.advance(date.getTime() / 1000 - this.now());
  }

  /** Goes back to the time of the system. */
  reset(): void {
    this.#offsetSeconds = 0;
  }
}
