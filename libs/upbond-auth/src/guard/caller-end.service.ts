import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { messageOf } from '../errors/upbond-auth.exception.js';
import { CLOCK, type Clock } from '../options/clock.provider.js';
import { RevocationService } from '../session/revocation.service.js';
import type { Caller } from './caller.js';

/** Together with the poll for revocations of other processes it stays within a second. */
const CHECK_MILLISECONDS = 400;

interface Watched {
  readonly caller: Caller;
  readonly end: () => void;
}

/**
 * Tells when callers end whose connections outlast the request that let them in: by expiry, logout or
 * revocation.
 */
@Injectable()
export class CallerEndService implements OnModuleDestroy {
  readonly #logger = new Logger('UpbondAuth');
  readonly #watched = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(CLOCK) private readonly now: Clock,
    @Inject(RevocationService) private readonly revocations: RevocationService,
  ) {}

  /** How many connections wait. */
  get size(): number {
    return this.#watched.size;
  }

  /** Neither I/O nor cryptography: it is asked for every connection, several times a second. */
  hasEnded({ expiresAt, session }: Caller): boolean {
    return (
      this.now() >= expiresAt || (session !== undefined && this.revocations.isRevoked(session))
    );
  }

  /** Calls back once, when the caller has ended; answers how to stop waiting for that. */
  watch(caller: Caller, end: () => void): () => void {
    const watched = { caller, end };
    this.revocations.follow();
    this.#watched.add(watched);
    this.#timer ??= setInterval(() => this.check(), CHECK_MILLISECONDS).unref();
    return () => this.forget(watched);
  }

  onModuleDestroy(): void {
    this.#watched.clear();
    clearInterval(this.#timer);
  }

  private check(): void {
    for (const watched of this.#watched) {
      if (!this.hasEnded(watched.caller)) continue;
      this.forget(watched);
      this.tell(watched);
    }
  }

  /** What closing throws, in code that is not ours, must not keep others open or end the process. */
  private tell({ end }: Watched): void {
    try {
      end();
    } catch (error) {
      this.#logger.warn(`A connection could not be closed: ${messageOf(error)}`);
    }
  }

  private forget(watched: Watched): void {
    this.#watched.delete(watched);
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
