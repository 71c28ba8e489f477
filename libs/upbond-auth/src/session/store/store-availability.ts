import { messageOf, UpbondAuthException } from '../../errors/upbond-auth.exception.js';

/** A store that does not answer is no reason to sign anybody in or out: the request gets a 503. */
export async function available<Value>(answer: Promise<Value>): Promise<Value> {
  try {
    return await answer;
  } catch (cause) {
    throw storeUnavailable(cause);
  }
}

/** Failures in a row, without any success between them, that mean the whole store is down. */
const FAILURES = 3;

/**
 * Asks a store, but while it is down only once a second: requests then get their 503 at once instead of
 * waiting for the same timeout each. One node of several that fails is not the whole store.
 */
export class StoreAvailability {
  #failures = 0;
  #downUntil = -Infinity;
  #failure: unknown;

  /** @param now milliseconds of a clock that does not go back */
  constructor(private readonly now: () => number = () => performance.now()) {}

  async ask<Value>(question: () => Promise<Value>): Promise<Value> {
    if (this.#failures >= FAILURES && this.now() < this.#downUntil) {
      throw storeUnavailable(this.#failure);
    }
    try {
      const answer = await question();
      this.#failures = 0;
      return answer;
    } catch (cause) {
      this.#failures++;
      this.#downUntil = this.now() + 1000;
      this.#failure = cause;
      throw storeUnavailable(cause);
    }
  }
}

function storeUnavailable(cause: unknown): UpbondAuthException {
  return new UpbondAuthException('session_store_unavailable', {
    detail: messageOf(cause),
    cause,
    headers: { 'Retry-After': '1' },
  });
}
