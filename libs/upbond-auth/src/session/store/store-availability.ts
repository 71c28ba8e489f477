import { UpbondAuthException } from '../../errors/upbond-auth.exception.js';

/** A store that does not answer is no reason to sign anybody in or out: the request gets a 503. */
export async function available<Value>(answer: Promise<Value>): Promise<Value> {
  try {
    return await answer;
  } catch (cause) {
    throw storeUnavailable(cause);
  }
}

/**
 * Asks a store, but not again within a second of its last failure: while it is down, requests get their
 * 503 at once instead of waiting for the same timeout each.
 */
export class StoreAvailability {
  #downUntil = -Infinity;
  #failure: unknown;

  /** @param now milliseconds of a clock that does not go back */
  constructor(private readonly now: () => number = () => performance.now()) {}

  async ask<Value>(question: () => Promise<Value>): Promise<Value> {
    if (this.now() < this.#downUntil) throw storeUnavailable(this.#failure);
    try {
      return await question();
    } catch (cause) {
      this.#downUntil = this.now() + 1000;
      this.#failure = cause;
      throw storeUnavailable(cause);
    }
  }
}

function storeUnavailable(cause: unknown): UpbondAuthException {
  return new UpbondAuthException('session_store_unavailable', {
    detail: cause instanceof Error ? cause.message : String(cause),
    cause,
    headers: { 'Retry-After': '1' },
  });
}
