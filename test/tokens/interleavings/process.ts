import type { AuthorizationServer } from '../../../libs/upbond-auth/src/authorization-server/authorization-server.js';
import type { RevocationEndpoint } from '../../../libs/upbond-auth/src/authorization-server/revocation-endpoint.js';
import { Sealer } from '../../../libs/upbond-auth/src/cookies/seal.js';
import type { Exchange } from '../../../libs/upbond-auth/src/exchange/exchange.js';
import { SessionCaller } from '../../../libs/upbond-auth/src/guard/caller.js';
import type { UpbondAuthConfig } from '../../../libs/upbond-auth/src/options/upbond-auth-config.js';
import { newSession } from '../../../libs/upbond-auth/src/session/new-session.js';
import { SessionCookies } from '../../../libs/upbond-auth/src/session/session-cookies.js';
import { SessionDigester } from '../../../libs/upbond-auth/src/session/session-digests.js';
import { SESSION_CODEC } from '../../../libs/upbond-auth/src/session/session-payload.js';
import type { Session } from '../../../libs/upbond-auth/src/session/session.js';
import type { Sessions } from '../../../libs/upbond-auth/src/session/sessions.js';
import { HANDLE_CODEC } from '../../../libs/upbond-auth/src/session/store/session-handle.js';
import type {
  SessionStore,
  SessionTouch,
  StoredSession,
} from '../../../libs/upbond-auth/src/session/store/session-store.js';
import type {
  LeasedRecords,
  LeaseRequest,
} from '../../../libs/upbond-auth/src/shared-memory/leased-records.js';
import { TokenSet } from '../../../libs/upbond-auth/src/tokens/token-set.js';
import type { RefreshCoordinator } from '../../../libs/upbond-auth/src/tokens/refresh-coordinator.js';
import { ACCESS_TOKEN_SECONDS, type ModelServer } from './authorization-server.js';
import { NAMES } from './browser.js';
import type { Library } from './library.js';
import { BadState, type Steps, type Touched } from './steps.js';

export const SECRET = 'k9Xw2LrT8vQzB4mN7cYhJ6pDf3GsA5Ue';
export const DIGESTS = new SessionDigester('default');
const LABEL = 'default Digest';
const METADATA = { revocationEndpoint: 'https://login.test/oauth/revoke' };
const CONFIG = {
  clientId: 'client',
  domain: 'https://login.test',
  endpoints: {},
  postLogoutRedirectUri: 'https://app.test/',
  allowedPostLogoutRedirectUris: [],
  audience: undefined,
  audiences: [],
  deadlineSeconds: 60,
} as unknown as UpbondAuthConfig;
/** As the module has it, for a deadline of ten seconds. */
const PATIENCE_SECONDS = 16;

/** What all processes share. */
export interface Surroundings {
  readonly library: Library;
  readonly steps: Steps;
  readonly server: ModelServer;
  readonly now: () => number;
  readonly lifetimes: {
    readonly sessionLifetimeSeconds: number;
    readonly sessionIdleSeconds: number;
  };
  /** The shared memory; nothing where each process has only its own. */
  readonly memory: SharedRecords | undefined;
  /** Digests of the sessions that were ended, in the order of their ends. */
  readonly revocations: string[];
  /** The entries of the session store; nothing for sealed cookies. */
  readonly entries: Map<string, StoredSession> | undefined;
}

/** The records of all processes, and how often they have changed. */
export interface SharedRecords {
  records: LeasedRecords;
  changes: number;
}

/** One process of the application: the library's own classes, with what they work with in steps. */
export class AppProcess {
  readonly sessions: Sessions;
  /** Requests that it has not answered yet. */
  readonly underWay = new Set<string>();
  readonly #coordinator: RefreshCoordinator;
  readonly #accessTokens;
  readonly #logouts;
  readonly #revoked = new Set<string>();
  #seen = 0;

  constructor(
    readonly name: string,
    private readonly around: Surroundings,
  ) {
    const { library, now, lifetimes, memory } = around;
    this.#coordinator = new library.RefreshCoordinator({
      grant: this.#grant(),
      local: new library.LocalRecords(now),
      shared: memory && this.#records(memory),
      label: LABEL,
      patienceSeconds: PATIENCE_SECONDS,
      memorySeconds: lifetimes.sessionLifetimeSeconds,
      now,
      sleep: (seconds) => this.#sleep(seconds),
    });
    this.sessions = this.#sessions();
    const server = { metadata: async () => METADATA } as unknown as AuthorizationServer;
    const endpoint = this.#revocationEndpoint();
    const refreshTokens = new library.RefreshTokenService(
      CONFIG,
      this.sessions,
      this.#coordinator,
      server,
      endpoint,
    );
    this.#accessTokens = new library.AccessTokenService(
      CONFIG,
      now,
      this.sessions,
      this.#coordinator,
      refreshTokens,
    );
    this.#logouts = new library.LogoutService(
      CONFIG,
      this.sessions,
      server,
      endpoint,
      this.#coordinator,
    );
    this.#poll();
  }

  accessToken(exchange: Exchange, session: Session): Promise<string> {
    const caller = new SessionCaller(session, {});
    return this.#accessTokens.obtain({ caller, exchange, accessTokens: this.#accessTokens }, {});
  }

  newSession(): Session {
    const { server, now, lifetimes } = this.around;
    const { accessToken, refreshToken } = server.login();
    const receivedAt = Math.floor(now());
    const expiresAt = receivedAt + ACCESS_TOKEN_SECONDS;
    const times = { receivedAt, expiresAt };
    const tokenSet = new TokenSet({
      accessToken,
      refreshToken,
      tokenType: 'Bearer',
      scope: ['openid'],
      ...times,
    });
    return newSession({ claims: { sub: 'ann' }, user: {}, tokenSet }, now(), lifetimes);
  }

  async logout(exchange: Exchange): Promise<void> {
    await this.#logouts.end(exchange, undefined);
  }

  #step<Value>(
    what: string,
    touched: Touched,
    perform: () => Value | Promise<Value>,
  ): Promise<Value> {
    return this.around.steps.do(this.name, what, touched, perform);
  }

  /** Looks again when something has changed, or when nothing else can happen. */
  #sleep(seconds: number): Promise<void> {
    const { steps, memory } = this.around;
    const before = memory?.changes;
    const isReady = () => memory?.changes !== before;
    return steps.do(this.name, 'wakes', { records: 'reads' }, () => {}, { isReady, seconds });
  }

  #grant() {
    const { library, server, now } = this.around;
    return new library.TokenEndpointRefresh({
      server: { metadata: async () => METADATA as never },
      tokenEndpoint: {
        refresh: async ({ refreshToken }) => {
          const answer = await this.#step('spends', { server: 'writes' }, () =>
            settledBy(() => server.refresh(refreshToken)),
          );
          const receivedAt = Math.floor(now());
          return this.#step('gets tokens', {}, () => ({ ...answer(), receivedAt }));
        },
      },
      idTokens: { verifyRefreshed: () => Promise.reject(new Error('There is no ID token')) },
      deadlineSeconds: CONFIG.deadlineSeconds,
      now,
    });
  }

  #records(memory: SharedRecords): LeasedRecords {
    const changing = <Value>(what: string, perform: () => Promise<Value>) =>
      this.#step(what, { records: 'writes' }, () => {
        memory.changes++;
        return perform();
      });
    return {
      readRecord: (key) =>
        this.#step('reads the record', { records: 'reads' }, () => memory.records.readRecord(key)),
      lease: (key, request: LeaseRequest) =>
        this.#step('asks for the lease', { records: 'writes' }, async () => {
          const attempt = await memory.records.lease(key, request);
          if (attempt.lease !== undefined) memory.changes++;
          return attempt;
        }),
      prolong: (key, owner, seconds) =>
        this.#step('prolongs', { records: 'writes' }, () =>
          memory.records.prolong(key, owner, seconds),
        ),
      writeRecord: (key, lease, value, ttl) =>
        changing('writes', async () => {
          const before = await memory.records.readRecord(key);
          const isWritten = await memory.records.writeRecord(key, lease, value, ttl);
          const after = await memory.records.readRecord(key);
          if (after.writtenAs < before.writtenAs) {
            this.around.steps.fail(new BadState('older tokens replaced newer ones in the memory'));
          }
          return isWritten;
        }),
      release: (key, owner) => changing('releases', () => memory.records.release(key, owner)),
    };
  }

  #sessions(): Sessions {
    const { library, now, lifetimes, entries } = this.around;
    const revocations = {
      isRevoked: (session: Session) => this.#revoked.has(DIGESTS.of(session).id),
      catchUp: () => this.#catchUp(),
      end: (id: string) => this.#revoke(id),
    };
    const sealer = new Sealer([SECRET], 'session');
    if (!entries) {
      const cookies = new SessionCookies(sealer, NAMES, SESSION_CODEC);
      return new library.SealedSessions(cookies, DIGESTS, revocations, lifetimes, now);
    }
    const cookies = new SessionCookies(sealer, NAMES, HANDLE_CODEC);
    const store = this.#store(entries);
    return new library.StoredSessions(store, cookies, DIGESTS, revocations, lifetimes, now);
  }

  async #revoke(id: string): Promise<void> {
    const { entries, revocations, memory } = this.around;
    this.#revoked.add(id);
    if (entries) await this.#step('destroys', { store: 'writes' }, () => void entries.delete(id));
    else if (memory)
      await this.#step('revokes', { log: 'writes' }, () => void revocations.push(id));
  }

  async #catchUp(): Promise<void> {
    if (this.around.memory) await this.#step('catches up', { log: 'reads' }, () => this.#hear());
  }

  /** Hears which sessions have ended elsewhere, again and again. */
  #poll(): void {
    const { steps, revocations } = this.around;
    const isReady = () => this.#seen < revocations.length;
    const poll = () => {
      this.#hear();
      this.#poll();
    };
    void steps.do(this.name, 'hears of ended sessions', { log: 'reads' }, poll, { isReady });
  }

  #hear(): void {
    const { revocations } = this.around;
    this.#seen = revocations.length;
    for (const id of revocations) this.#revoked.add(id);
  }

  #store(entries: Map<string, StoredSession>): SessionStore {
    const writing = <Value>(what: string, perform: () => Value) =>
      this.#step(what, { store: 'writes' }, perform);
    const store = {
      capabilities: { atomicUpdate: true, index: false },
      create: (entry: StoredSession) => writing('creates', () => void entries.set(entry.id, entry)),
      read: (id: string) =>
        this.#step('reads the session', { store: 'reads' }, () => entries.get(id)),
      update: (entry: StoredSession) =>
        writing('updates', () => {
          const isNext = entries.get(entry.id)?.version === entry.version - 1;
          if (isNext) entries.set(entry.id, entry);
          return isNext;
        }),
      touch: (id: string, touch: SessionTouch) =>
        writing('touches', () => {
          const entry = entries.get(id);
          if (entry) entries.set(id, { ...entry, ...touch });
          return entry !== undefined;
        }),
      destroy: (id: string) => writing('destroys', () => void entries.delete(id)),
    };
    return store as unknown as SessionStore;
  }

  #revocationEndpoint(): RevocationEndpoint {
    const { server } = this.around;
    const revoke = (refreshToken: string) =>
      this.#step('revokes the token', { server: 'writes' }, () => server.revoke(refreshToken));
    return { revoke } as unknown as RevocationEndpoint;
  }
}

/** What a call comes to, to be handed over later. */
function settledBy<Value>(call: () => Value): () => Value {
  try {
    const value = call();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
