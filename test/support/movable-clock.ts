import { setTimeout as delay } from 'node:timers/promises';

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

/** Asks again and again until the answer is as wanted; answers how many milliseconds that took. */
export async function eventually(
  what: string,
  isSo: () => Promise<boolean>,
  deadlineMilliseconds = 10_000,
): Promise<number> {
  const start = performance.now();
  for (;;) {
    if (await isSo()) return Math.round(performance.now() - start);
    if (performance.now() - start > deadlineMilliseconds) {
      throw new Error(`not within ${deadlineMilliseconds} ms: ${what}`);
    }
    await delay(10);
  }
}
