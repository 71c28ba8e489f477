/** A running deadline: `signal` fires when time is up or the caller gives up. */
export interface Deadline {
  readonly signal: AbortSignal;
  stop(): void;
}

// Not AbortSignal.any(): it cannot be told to let go of a caller's long-lived signal
export function startDeadline(seconds: number, caller: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  const expire = (): void => controller.abort(new Error(`no complete answer within ${seconds} s`));
  const giveUp = (): void => controller.abort(caller?.reason);
  const timer = setTimeout(expire, seconds * 1000).unref();
  if (caller?.aborted) giveUp();
  else caller?.addEventListener('abort', giveUp, { once: true });
  return {
    signal: controller.signal,
    stop() {
      clearTimeout(timer);
      caller?.removeEventListener('abort', giveUp);
    },
  };
}
