import type { Exchange } from '../exchange/exchange.js';
import { deepFreeze } from '../options/deep-freeze.js';
import { nextGeneration, rolledGeneration } from './generation.js';
import type { Held, SessionCookies } from './session-cookies.js';
import type { SessionDigester } from './session-digests.js';
import { isAlive, isDueForRolling, rolled, type SessionLifetimes } from './session-lifetime.js';
import type { Session } from './session.js';
import type { SessionRevocations, Sessions } from './sessions.js';

/** Sessions that live in the browser alone: the server keeps no state but what was revoked. */
export class SealedSessions implements Sessions {
  constructor(
    private readonly cookies: SessionCookies<Session>,
    private readonly digests: SessionDigester,
    private readonly revocations: SessionRevocations,
    private readonly lifetimes: SessionLifetimes,
    private readonly now: () => number,
  ) {}

  async begin(exchange: Exchange, session: Session): Promise<void> {
    const before = this.held(exchange)[0]?.value;
    const previous = this.cookies.newestGeneration(exchange.cookies);
    this.write(exchange, session, nextGeneration(this.now() * 1000, session.sub, previous));
    if (before && before.id !== session.id) await this.revoke(before);
  }

  read(exchange: Exchange): Session | undefined {
    const [held, ...replaced] = this.held(exchange);
    if (!held || !exchange.isWritable) return held?.value;
    for (const { value } of replaced) if (value.id !== held.value.id) void this.revoke(value);
    if (isDueForRolling(held.value, this.now(), this.lifetimes)) return this.roll(exchange, held);
    this.cookies.deleteExcept(exchange, held);
    return held.value;
  }

  async end(exchange: Exchange): Promise<Session | undefined> {
    const session = this.held(exchange)[0]?.value;
    this.cookies.bury(exchange, session);
    if (session) await this.revoke(session);
    return session;
  }

  /** For copies of the cookie: this browser has lost it already. */
  private revoke({ id }: Session): Promise<void> {
    return this.revocations.end(this.digests.id(id));
  }

  private held(exchange: Exchange): Held<Session>[] {
    const now = this.now();
    return this.cookies.readAll(
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
