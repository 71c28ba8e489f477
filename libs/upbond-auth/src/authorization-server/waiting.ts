import { unavailable } from './unavailable.js';

/**
 * How long a caller waits. As a function it is only asked when there is something to wait for: what is
 * known already needs no timer, which costs 4 µs and lives until the deadline.
 */
export type Patience = AbortSignal | (() => AbortSignal);

/** The patience of one caller altogether: it begins with the first wait. */
export function patience(seconds: number): () => AbortSignal {
  let signal: AbortSignal | undefined;
  return () => (signal ??= AbortSignal.timeout(seconds * 1000));
}

/**
 * Waits for work that others wait for too: a caller who gives up leaves, and the work goes on.
 */
export function waitFor<T>(shared: Promise<T>, patience: Patience | undefined): Promise<T> {
  const signal = typeof patience === 'function' ? patience() : patience;
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
  patience: Patience | undefined,
): Promise<T> {
  const signal = typeof patience === 'function' ? patience() : patience;
  try {
    if (underWay) return await waitFor(underWay, signal);
  } catch (error) {
    if (signal?.aborted) throw error;
  }
  return waitFor(begin(), signal);
}
