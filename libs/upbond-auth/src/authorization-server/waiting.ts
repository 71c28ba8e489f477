import { unavailable } from './unavailable.js';

/**
 * Waits for work that others wait for too: a caller who gives up leaves, and the work goes on.
 */
export function waitFor<T>(shared: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return shared;
  return new Promise<T>((resolve, reject) => {
    const leave = (): void => reject(unavailable('gave up waiting', signal.reason));
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    shared.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
