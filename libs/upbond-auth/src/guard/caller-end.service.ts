import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { CLOCK, type Clock } from '../options/clock.provider.js';
import { SESSIONS } from '../session/sessions.provider.js';
import type { Sessions } from '../session/sessions.js';
import type { Caller } from './caller.js';

/** Together with the poll for revocations of other processes it stays within a second. */
const CHECK_MILLISECONDS = 400;

/** A session, or a token, and what to call when it has ended. */
interface Watched {
  /** As it was read last: a session can have been prolonged since. */
  caller: Caller;
  readonly ends: Set<() => void>;
  isAsking: boolean;
}

/**
 * Tells when callers end whose connections outlast the request that let them in: by expiry, logout or
 * revocation. However many connections one session has, it is looked at once a round.
 */
@Injectable()
export class CallerEndService implements OnModuleDestroy {
  /** Callers by what proves them: two connections of one session share a look. */
  readonly #watched = new Map<string | Caller, Watched>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(CLOCK) private readonly now: Clock,
    @Inject(SESSIONS) private readonly sessions: Sessions,
  ) {}

  /** How many connections wait. */
  get size(): number {
    return [...this.#watched.values()].reduce((sum, { ends }) => sum + ends.size, 0);
  }

  /** Calls back once, when the caller has ended; answers how to stop waiting for that. */
  watch(caller: Caller, end: () => void): () => void {
    // Each request reads an object of its own
    const key = caller.session?.id ?? caller;
    const watched = this.#watched.get(key) ?? { caller, ends: new Set(), isAsking: false };
    this.#watched.set(key, watched);
    if (caller.expiresAt > watched.caller.expiresAt) watched.caller = caller;
    watched.ends.add(end);
    this.#timer ??= setTimeout(() => this.check(), CHECK_MILLISECONDS).unref();
    return () => {
      watched.ends.delete(end);
      if (watched.ends.size === 0 && this.#watched.get(key) === watched) this.#watched.delete(key);
    };
  }

  onModuleDestroy(): void {
    this.#watched.clear();
    clearTimeout(this.#timer);
  }

  /** Waits for nobody: a store that does not answer must not keep others alive. */
  private check(): void {
    this.#timer = undefined;
    for (const [key, watched] of this.#watched) void this.look(key, watched);
    if (this.#watched.size === 0) return;
    this.#timer = setTimeout(() => this.check(), CHECK_MILLISECONDS).unref();
  }

  private async look(key: string | Caller, watched: Watched): Promise<void> {
    if (watched.isAsking) return;
    watched.isAsking = true;
    const hasEnded = await this.hasEnded(watched.caller);
    watched.isAsking = false;
    if (!hasEnded) return;
    if (this.#watched.get(key) === watched) this.#watched.delete(key);
    for (const end of watched.ends) end();
  }

  /** While the store cannot be asked nobody vouches for the session, as with a request. */
  private async hasEnded({ session, expiresAt }: Caller): Promise<boolean> {
    if (!session) return expiresAt <= this.now();
    try {
      return !(await this.sessions.isAlive(session));
    } catch {
      return true;
    }
  }
}
