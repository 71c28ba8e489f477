import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { CLOCK, type Clock } from '../options/clock.provider.js';
import { SESSIONS } from '../session/sessions.provider.js';
import type { Sessions } from '../session/sessions.js';
import type { Caller } from './caller.js';

/** Together with the poll for revocations of other processes it stays within a second. */
const CHECK_MILLISECONDS = 400;

/**
 * Tells when callers end whose connections outlast the request that let them in: by expiry, logout or
 * revocation. However many connections one session has, it is looked at once a round.
 */
@Injectable()
export class CallerEndService implements OnModuleDestroy {
  /** Callers by what proves them: two connections of one session share a look. */
  readonly #watched = new Map<
    object,
    { readonly caller: Caller; readonly ends: Set<() => void> }
  >();
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
    const key = caller.session ?? caller;
    const watched = this.#watched.get(key) ?? { caller, ends: new Set() };
    this.#watched.set(key, watched);
    watched.ends.add(end);
    this.#timer ??= setTimeout(() => void this.check(), CHECK_MILLISECONDS).unref();
    return () => {
      watched.ends.delete(end);
      if (watched.ends.size === 0 && this.#watched.get(key) === watched) this.#watched.delete(key);
    };
  }

  onModuleDestroy(): void {
    this.#watched.clear();
    clearTimeout(this.#timer);
  }

  private async check(): Promise<void> {
    await Promise.all([...this.#watched].map(([key, { caller }]) => this.look(key, caller)));
    this.#timer = undefined;
    if (this.#watched.size === 0) return;
    this.#timer = setTimeout(() => void this.check(), CHECK_MILLISECONDS).unref();
  }

  private async look(key: object, caller: Caller): Promise<void> {
    if (!(await this.hasEnded(caller))) return;
    const ends = this.#watched.get(key)?.ends ?? [];
    this.#watched.delete(key);
    for (const end of ends) end();
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
