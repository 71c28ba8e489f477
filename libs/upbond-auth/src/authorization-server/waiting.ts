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

/**
 * Waits for work that is under way, if there is any, and begins anew when that fails: it was begun for
 * somebody else, and its failure says nothing about now.
 */
export async function joinOrBegin<T>(
  underWay: Promise<T> | undefined,
  begin: () => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  try {
    if (underWay) return await waitFor(underWay, signal);
  } catch (error) {
    if (signal?.aborted) throw error;
  }
  return waitFor(begin(), signal);
}
