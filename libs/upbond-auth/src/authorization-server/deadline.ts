/** When a request has to be over: time is up, or the caller gives up. */
export interface Deadline {
  /** @throws whatever ended it */
  throwIfOver(): void;
  /** Tells one listener at a time, the latest, when it is over: at once when it is over already. */
  onOver(listener: (reason: unknown) => void): void;
  stop(): void;
}

// Not an AbortSignal: with a controller, a listener and an event it costs as much as a small request
export function startDeadline(seconds: number, caller: AbortSignal | undefined): Deadline {
  let over: { readonly reason: unknown } | undefined;
  let listener: ((reason: unknown) => void) | undefined;
  const end = (reason: unknown): void => {
    over ??= { reason };
    listener?.(over.reason);
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
  };
}
