import type { Exchange } from '../exchange/exchange.js';
import { deepFreeze } from '../options/deep-freeze.js';
import { nextGeneration, refreshedGeneration, rolledGeneration } from './generation.js';
import { isAll, type Held, type SessionCookies } from './session-cookies.js';
import type { SessionDigester } from './session-digests.js';
import { isAlive, isDueForRolling, rolled, type SessionLifetimes } from './session-lifetime.js';
import type { HeldTokens } from '../tokens/held-tokens.js';
import { withTokens, type Session } from './session.js';
import type { SessionRevocations, Sessions } from './sessions.js';

/** Sessions that live in the browser alone: the server keeps no state but what was revoked. */
export class SealedSessions implements Sessions {
  /** Sessions with the tokens that their answers keep by now. */
  readonly #kept = new WeakMap<Exchange, Session>();

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

  read(exchange: Exchange, mayWrite = true): Session | undefined {
    const now = this.now();
    const all = this.held(exchange, now);
    const held = all[0];
    const isDue = held !== undefined && isDueForRolling(held.value, now, this.lifetimes);
    // The usual request gets nothing written: whether anything could be is slow to ask on Express
    const isUsual = held !== undefined && !isDue && isAll(exchange.cookies, held);
    if (!mayWrite || isUsual || !exchange.isWritable) return held?.value;
    this.cookies.deleteBuried(exchange);
    if (!held) return undefined;
    for (const { value } of all) if (value.id !== held.value.id) void this.revoke(value);
    if (isDue) return this.roll(exchange, held);
    this.cookies.deleteLeftovers(exchange, held);
    return held.value;
  }

  canKeepTokens(exchange: Exchange): boolean {
    return exchange.isWritable;
  }

  async keepTokens(
    exchange: Exchange,
    session: Session,
    tokens: HeldTokens,
  ): Promise<Session | undefined> {
    // A logout elsewhere has not heard of these tokens: whoever keeps them would have to revoke them
    await this.revocations.catchUp();
    const held = this.held(exchange).find(({ value }) => value.id === session.id);
    if (!held) return undefined;
    const kept = this.#kept.get(exchange);
    // One answer for several refreshes: whichever comes last, the newest is kept
    if (kept?.id === session.id && kept.refreshNumber >= tokens.refreshNumber) return kept;
    const next = withTokens(session, tokens);
    // Headers that went out meanwhile lose nothing but time: the coordinator remembers the tokens
    if (!exchange.isWritable) return next;
    const { id } = session;
    this.write(exchange, next, refreshedGeneration(id, tokens.refreshNumber, held.generation));
    this.#kept.set(exchange, next);
    return next;
  }

  async end(exchange: Exchange): Promise<Session | undefined> {
    // One that has ended already gets its tombstone, too: other processes may not know yet
    const held = this.held(exchange)[0] ?? this.cookies.read(exchange.cookies, () => true);
    if (exchange.isWritable) {
      this.cookies.bury(exchange, held, this.lifetimes.sessionIdleSeconds);
    }
    if (held) await this.revoke(held.value);
    return held?.value;
  }

  /** For copies of the cookie: this browser has lost it already. */
  private revoke({ id }: Session): Promise<void> {
    return this.revocations.end(this.digests.id(id));
  }

  private held(exchange: Exchange, now = this.now()): Held<Session>[] {
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
