import { SeenTexts } from '../../cookies/seen-texts.js';
import { UpbondAuthException } from '../../errors/upbond-auth.exception.js';
import type { Exchange } from '../../exchange/exchange.js';
import { deepFreeze } from '../../options/deep-freeze.js';
import { nextGeneration } from '../generation.js';
import type { Held, SessionCookies } from '../session-cookies.js';
import type { SessionDigester } from '../session-digests.js';
import { isAlive, isDueForRolling, rolled, type SessionLifetimes } from '../session-lifetime.js';
import type { HeldTokens } from '../../tokens/held-tokens.js';
import { withTokens, type Session } from '../session.js';
import type { SessionRevocations, Sessions } from '../sessions.js';
import { newHandle, openFromStore, sealForStore, type SessionHandle } from './session-handle.js';
import type { SessionStore, StoredSession } from './session-store.js';
import { available, StoreAvailability } from './store-availability.js';

/** `lastSeenAt` is written at most this often, in seconds. */
const LAST_SEEN_SECONDS = 60;
const MAX_USER_AGENT = 256;
/** Each update that fails does so because another one was faster. */
const MOST_UPDATES = 10;

/** What a sealed text of the store opened to, and with which key. */
interface Opened {
  readonly session: Session;
  readonly key: string;
}

/** Sessions in a store. The cookie holds only where the session is and the key that opens it. */
export class StoredSessions implements Sessions {
  readonly #opened = new SeenTexts<Opened>();
  readonly #availability = new StoreAvailability();
  readonly #created = new WeakMap<Session, Promise<SessionHandle>>();

  constructor(
    private readonly store: SessionStore,
    private readonly cookies: SessionCookies<SessionHandle>,
    private readonly digests: SessionDigester,
    private readonly revocations: SessionRevocations,
    private readonly lifetimes: SessionLifetimes,
    private readonly now: () => number,
  ) {}

  async begin(exchange: Exchange, session: Session): Promise<void> {
    const handle = await this.create(exchange, session);
    const before = this.held(exchange)[0]?.value;
    if (before && before.id !== handle.id) await this.destroy(before);
    const previous = this.cookies.newestGeneration(exchange.cookies);
    const generation = nextGeneration(this.now() * 1000, session.sub, previous);
    const maxAge = Math.ceil(session.expiresAt - this.now());
    this.cookies.write(exchange, handle, generation, maxAge);
  }

  async read(exchange: Exchange, mayWrite = true): Promise<Session | undefined> {
    const [held, ...replaced] = this.held(exchange);
    const isWritable = mayWrite && exchange.isWritable;
    if (isWritable) this.cookies.deleteBuried(exchange);
    if (!held) return undefined;
    const handle = held.value;
    const id = this.digests.id(handle.id);
    const entry = await this.#availability.ask(() => this.store.read(id));
    const session = entry && this.open(entry, handle);
    if (!session || !isAlive(session, this.now())) return undefined;
    if (this.revocations.isRevoked(session)) return undefined;
    this.keepAlive(entry, session);
    if (isWritable) this.cookies.deleteLeftovers(exchange, held);
    for (const { value } of replaced) if (value.id !== handle.id) void this.destroy(value);
    return session;
  }

  canKeepTokens(): boolean {
    return true;
  }

  async keepTokens(
    exchange: Exchange,
    session: Session,
    tokens: HeldTokens,
  ): Promise<Session | undefined> {
    const handle = this.held(exchange).find(({ value }) => value.id === session.id)?.value;
    for (let attempt = 0; handle && attempt < MOST_UPDATES; attempt++) {
      const entry = await available(this.store.read(this.digests.id(handle.id)));
      const current = entry && this.open(entry, handle);
      if (!current || !isAlive(current, this.now())) return undefined;
      if (this.revocations.isRevoked(current)) return undefined;
      // Whoever was faster has kept these, or newer ones
      if (current.refreshNumber >= tokens.refreshNumber) return current;
      const next = withTokens(current, tokens);
      const sealed = sealForStore(next, handle);
      const update = { ...entry, version: entry.version + 1, sealed };
      if (await available(this.store.update(update))) return next;
    }
    if (!handle) return undefined;
    throw new UpbondAuthException('session_store_unavailable', {
      detail: `the session changed during each of ${MOST_UPDATES} updates`,
    });
  }

  async end(exchange: Exchange): Promise<Session | undefined> {
    const held = this.held(exchange)[0];
    if (exchange.isWritable) {
      this.cookies.bury(exchange, held, this.lifetimes.sessionIdleSeconds);
    }
    if (!held) return undefined;
    const handle = held.value;
    // What the session was is only needed for a friendlier logout; ending it does not wait for that
    const id = this.digests.id(handle.id);
    const session = await this.#availability
      .ask(() => this.store.read(id))
      .then((entry) => entry && this.open(entry, handle))
      .catch(() => undefined);
    await this.destroy(handle);
    return session;
  }

  /** One entry, also when callbacks that repeat each other begin the same session. */
  private create(exchange: Exchange, session: Session): Promise<SessionHandle> {
    const created = this.#created.get(session) ?? this.createEntry(exchange, session);
    this.#created.set(session, created);
    return created;
  }

  private async createEntry(exchange: Exchange, session: Session): Promise<SessionHandle> {
    const handle = newHandle(session);
    await available(this.store.create(this.entry(exchange, session, handle)));
    return handle;
  }

  private held(exchange: Exchange): Held<SessionHandle>[] {
    const now = this.now();
    return this.cookies.readAll(exchange.cookies, ({ expiresAt }) => now < expiresAt);
  }

  /** The session with the times of its entry; one object for as long as the entry stays the same. */
  private open(entry: StoredSession, handle: SessionHandle): Session | undefined {
    const { sealed, idleExpiresAt } = entry;
    const { key } = handle;
    const seen = this.#opened.get(sealed);
    if (seen?.key === key && seen.session.idleExpiresAt === idleExpiresAt) return seen.session;
    const opened = openFromStore(sealed, handle);
    const session = opened && deepFreeze({ ...opened, idleExpiresAt });
    if (session) this.#opened.remember(sealed, { session, key });
    return session;
  }

  /** Prolongs the session on the side: the request does not wait, and the next one tries again. */
  private keepAlive(entry: StoredSession, session: Session): void {
    const now = this.now();
    const isDue = isDueForRolling(session, now, this.lifetimes);
    if (!isDue && now - entry.lastSeenAt < LAST_SEEN_SECONDS) return;
    const { idleExpiresAt } = isDue ? rolled(session, now, this.lifetimes) : session;
    this.store.touch(entry.id, { lastSeenAt: Math.floor(now), idleExpiresAt }).catch(() => {});
  }

  private async destroy({ id }: SessionHandle): Promise<void> {
    await this.revocations.end(this.digests.id(id));
  }

  private entry(exchange: Exchange, session: Session, handle: SessionHandle): StoredSession {
    const { createdAt, expiresAt, idleExpiresAt } = session;
    return {
      ...this.digests.of(session),
      version: 1,
      createdAt,
      lastSeenAt: Math.floor(createdAt),
      idleExpiresAt,
      expiresAt,
      userAgent: exchange.headers['user-agent']?.slice(0, MAX_USER_AGENT),
      sealed: sealForStore(session, handle),
    };
  }
}
