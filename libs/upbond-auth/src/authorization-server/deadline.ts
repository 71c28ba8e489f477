/** When a request has to be over: time is up, or the caller gives up. */
export interface Deadline {
  /** @throws whatever ended it */
  throwIfOver(): void;
  /** Tells one listener at a time, the latest, when it is over: at once when it is over already. */
  onOver(listener: (reason: unknown) => void): void;
  stop(): void;
  /** For whoever takes a signal: made when it is first asked for, which most requests never do. */
  readonly patience: () => AbortSignal;
}

// Not an AbortController and AbortSignal.any(), which cannot be told to let go of a caller's long-lived
// signal; nor a controller alone, whose signal and listener are dear for one listener
export function startDeadline(seconds: number, caller: AbortSignal | undefined): Deadline {
  let over: { readonly reason: unknown } | undefined;
  let listener: ((reason: unknown) => void) | undefined;
  let controller: AbortController | undefined;
  const end = (reason: unknown): void => {
    over ??= { reason };
    listener?.(over.reason);
    controller?.abort(over.reason);
  };
  const giveUp = (): void => end(caller?.reason);
  const expire = (): void => end(new Error(`no complete answer within ${seconds} s`));
  const timer = setTimeout(expire, seconds * 1000).unref();
  if (caller?.aborted) giveUp();
  else caller?.addEventListener('abort', giveUp, { once: true });
  return {
    throwIfOver() {
      if (over) throw over.reason;
    },
    onOver(next) {
      listener = next;
      if (over) next(over.reason);
    },
    stop() {
      clearTimeout(timer);
      caller?.removeEventListener('abort', giveUp);
    },
    patience() {
      controller ??= new AbortController();
      if (over) controller.abort(over.reason);
      return controller.signal;
    },
  };
}

/** Does some work under a deadline of its own, whose timer ends with the work. */
export async function withDeadline<Result>(
  seconds: number,
  work: (deadline: Deadline) => Promise<Result>,
): Promise<Result> {
  const deadline = startDeadline(seconds, undefined);
  try {
    return await work(deadline);
  } finally {
    deadline.stop();
  }
}
