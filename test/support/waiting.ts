import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks again and again until something is so, and answers how many milliseconds that took. An error is
 * a no; the last one is the cause of the failure.
 */
export async function until(
  isSo: () => Promise<boolean>,
  message = 'It did not happen',
  deadlineMilliseconds = 20_000,
): Promise<number> {
  const start = performance.now();
  let cause: unknown;
  while (performance.now() - start < deadlineMilliseconds) {
    try {
      if (await isSo()) return Math.round(performance.now() - start);
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await delay(10);
  }
  throw new Error(`${message} (waited ${deadlineMilliseconds} ms)`, { cause });
}
