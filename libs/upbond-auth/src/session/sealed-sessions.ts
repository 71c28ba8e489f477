import type { Exchange } from '../exchange/exchange.js';
import { deepFreeze } from '../options/deep-freeze.js';
import { nextGeneration, rolledGeneration } from './generation.js';
import type { Held, SessionCookies } from './session-cookies.js';
import type { SessionDigester } from './session-digests.js';
import { isAlive, isDueForRolling, rolled, type SessionLifetimes } from './session-lifetime.js';
import type { Session } from './session.js';
import type { Sessions } from './sessions.js';

/** What sealed sessions need of their revocations. */
export interface SealedRevocations {
  isRevoked(session: Session): boolean;
  /** Remembers that a session has ended, so that a copy of its cookie does not revive it. */
  revokeById(digest: string): Promise<void>;
}

/** Sessions that live in the browser alone: the server keeps no state but what was revoked. */
export class SealedSessions implements Sessions {
  constructor(
    private readonly cookies: SessionCookies<Session>,
    private readonly digests: SessionDigester,
    private readonly revocations: SealedRevocations,
    private readonly lifetimes: SessionLifetimes,
    private readonly now: () => number,
  ) {}

  begin(exchange: Exchange, session: Session): void {
    const previous = this.cookies.newestGeneration(exchange.cookies);
    this.write(exchange, session, nextGeneration(this.now() * 1000, session.sub, previous));
  }

  read(exchange: Exchange): Session | undefined {
    const held = this.held(exchange);
    if (!held || !exchange.isWritable) return held?.value;
    if (isDueForRolling(held.value, this.now(), this.lifetimes)) return this.roll(exchange, held);
    this.cookies.deleteExcept(exchange, held);
    return held.value;
  }

  async end(exchange: Exchange): Promise<Session | undefined> {
    const session = this.held(exchange)?.value;
    this.cookies.bury(exchange, session);
    // A logout is final in this browser by its tombstone; a shared memory that is down does not stop it
    if (session) await this.revocations.revokeById(this.digests.id(session.id)).catch(() => {});
    return session;
  }

  private held(exchange: Exchange): Held<Session> | undefined {
    const now = this.now();
    return this.cookies.read(
      exchange.cookies,
      (session) => isAlive(session, now) && !this.revocations.isRevoked(session),
    );
  }

  private roll(exchange: Exchange, { value, generation }: Held<Session>): Session {
    const session = deepFreeze(rolled(value, this.now(), this.lifetimes));
    this.write(exchange, session, rolledGeneration(session.id, generation));
    return session;
  }

  private write(exchange: Exchange, session: Session, generation: string): void {
    const maxAge = Math.ceil(session.idleExpiresAt - this.now());
    this.cookies.write(exchange, session, generation, maxAge);
  }
}
