import type { Deadline } from './deadline.js';
import {
  exchange,
  NothingSentError,
  StaleConnectionError,
  type Bounds,
  type Outgoing,
} from './http-exchange.js';

const RESTART_MILLISECONDS = 100;

/** Makes an exchange, and once more where that does no harm, all within the same bounds. */
export async function exchangeRepeatably(
  target: URL,
  request: Outgoing,
  bounds: Bounds,
  mayRepeat: (error: unknown) => boolean,
): Promise<Response> {
  try {
    return await exchange(target, request, bounds);
  } catch (error) {
    if (!mayRepeat(error)) throw error;
    if (error instanceof NothingSentError) await waitForServer(error, bounds.deadline);
    return exchange(target, request, { ...bounds, agent: false });
  }
}

/**
 * Whether a request may be sent again after this failure: one of which nothing has left when it says so,
 * and beyond that only an idempotent one (RFC 9110 §9.2.2), since a code is single-use.
 */
export function isRepeatable(
  { method, repeatUnsent }: { readonly method: string; readonly repeatUnsent?: boolean },
  error: unknown,
): boolean {
  if (error instanceof NothingSentError) return repeatUnsent === true;
  return method === 'GET' && error instanceof StaleConnectionError;
}

// A server that restarts refuses connections for a moment
function waitForServer(failure: Error, deadline: Deadline): Promise<void> {
  return new Promise((resolve, reject) => {
    const pause = setTimeout(resolve, RESTART_MILLISECONDS);
    deadline.onOver(() => {
      clearTimeout(pause);
      reject(failure);
    });
  });
}
