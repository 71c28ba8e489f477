import { UpbondAuthException } from '../../errors/upbond-auth.exception.js';

/** A store that does not answer is no reason to sign anybody in or out: the request gets a 503. */
export async function available<Value>(answer: Promise<Value>): Promise<Value> {
  try {
    return await answer;
  } catch (cause) {
    throw new UpbondAuthException('session_store_unavailable', {
      detail: cause instanceof Error ? cause.message : String(cause),
      cause,
      headers: { 'Retry-After': '1' },
    });
  }
}
