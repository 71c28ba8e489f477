import { createCipheriv, createHash, randomBytes, randomUUID } from 'node:crypto';
import type {
  SessionStore,
  SessionStoreCapabilities,
  StoredSession,
} from '../../libs/upbond-auth/src/session/store/session-store.js';
import { until } from '../support/waiting.js';

/** What a suite gives to {@link describeStore}. */
export interface StoreUnderTest {
  readonly store: SessionStore;
  /** The same data as another process sees them; `store` itself when there is no other way. */
  readonly other: SessionStore;
  /** Everything that lies in the store's server, as text. */
  dump(): Promise<string>;
  close(): Promise<void>;
}

export interface StoreContractOptions {
  /** What the store must declare. Rows that need more do not apply. */
  readonly capabilities: SessionStoreCapabilities;
  /** Why rows do not apply, if the usual reason does not say it. */
  readonly reasons?: Partial<Record<keyof SessionStoreCapabilities, string>>;
}

const REASONS = {
  atomicUpdate: 'the store cannot change a session only if it still exists',
  index: 'the store cannot find sessions by subject or sid',
};

/** The current time in seconds. */
export const now = (): number => Date.now() / 1000;

/** What {@link describeStore} seals: none of it may be found in a store. */
export const SECRETS = {
  sessionId: `secret-session-id-${randomUUID()}`,
  accessToken: `secret-access-token-${randomUUID()}`,
  email: `${randomUUID()}@secret.example`,
};

/** A session as the library would store it, of a subject of its own. */
export function storedSession(members: Partial<StoredSession> = {}): StoredSession {
  const time = Math.floor(now());
  return {
    id: digest(randomUUID()),
    version: 1,
    subject: digest(randomUUID()),
    sid: digest(randomUUID()),
    createdAt: time,
    lastSeenAt: time,
    idleExpiresAt: time + 3600,
    expiresAt: time + 86_400,
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) "quoted" ‹ü›',
    sealed: seal(SECRETS),
    ...members,
  };
}

/** The next version of a session, with a content of its own. */
export function nextOf(session: StoredSession, members: Partial<StoredSession> = {}) {
  return { ...session, version: session.version + 1, sealed: seal(SECRETS), ...members };
}

export function digest(value: string): string {
  return createHash('sha256').update(value).digest('base64url');
}

function seal(value: object): string {
  const cipher = createCipheriv('aes-256-gcm', randomBytes(32), randomBytes(12));
  return Buffer.concat([cipher.update(JSON.stringify(value)), cipher.final()]).toString(
    'base64url',
  );
}

/**
 * What every store must do. The rows that a store's capabilities do not cover are no tests; one test
 * prints each of them with its reason.
 */
export function describeStore(
  name: string,
  makeStore: () => Promise<StoreUnderTest>,
  options: StoreContractOptions,
): void {
  describe(`the session store ${name}`, () => {
    let under: StoreUnderTest;
    beforeAll(async () => {
      under = await makeStore();
    });
    afterAll(() => under?.close());

    /** The rows that need more than the store declares. */
    const others: { title: string; needs: keyof SessionStoreCapabilities }[] = [];
    let group = '';

    /** Rows whose titles begin alike. No suite of its own, which Vitest would refuse without a test. */
    function rows(title: string, define: () => void): void {
      group = `${title} `;
      define();
      group = '';
    }

    /** A row of the contract, and what a store must be able to do for it. */
    function row(
      title: string,
      needs: keyof SessionStoreCapabilities | undefined,
      test: (store: SessionStore, other: SessionStore) => Promise<void>,
    ): void {
      const full = group + title;
      if (needs === undefined || options.capabilities[needs]) {
        it(full, () => test(under.store, under.other));
      } else others.push({ title: full, needs });
    }

    row('declares what it can promise', undefined, async (store) => {
      expect(store.capabilities).toEqual(options.capabilities);
    });

    rows('keeps a session', () => {
      row('with all its members, for every process', undefined, async (store, other) => {
        const session = storedSession();
        await store.create(session);
        expect(await store.read(session.id)).toEqual(session);
        expect(await other.read(session.id)).toEqual(session);
      });

      row('without a sid and a user agent', undefined, async (store) => {
        const { sid: _sid, userAgent: _userAgent, ...session } = storedSession();
        await store.create(session);
        expect(await store.read(session.id)).toEqual(session);
      });

      row('and 100 kB in it', undefined, async (store) => {
        const session = storedSession({ sealed: randomBytes(75_000).toString('base64url') });
        await store.create(session);
        expect(await store.read(session.id)).toEqual(session);
      });

      row('and knows no other', undefined, async (store) => {
        expect(await store.read(digest('nobody'))).toBeUndefined();
      });
    });

    rows('updates a session', () => {
      row('to its next version', undefined, async (store, other) => {
        const session = storedSession();
        await store.create(session);
        const next = nextOf(session);
        expect(await store.update(next)).toBe(true);
        expect(await other.read(session.id)).toEqual(next);
      });

      row('only if there is one', undefined, async (store) => {
        const session = nextOf(storedSession());
        expect(await store.update(session)).toBe(false);
        expect(await store.read(session.id)).toBeUndefined();
      });

      row('not from an older version', 'atomicUpdate', async (store, other) => {
        const session = storedSession();
        await store.create(session);
        const next = nextOf(session);
        await store.update(next);
        expect(await other.update(nextOf(session))).toBe(false);
        expect(await other.update(nextOf(session, { version: 4 }))).toBe(false);
        expect(await store.read(session.id)).toEqual(next);
      });

      row('once, when 200 writers try at once', 'atomicUpdate', async (store, other) => {
        const session = storedSession();
        await store.create(session);
        const writes = Array.from({ length: 200 }, () => nextOf(session));
        const results = await Promise.all(
          writes.map((write, turn) => (turn % 2 ? store : other).update(write)),
        );
        expect(results.filter(Boolean)).toHaveLength(1);
        expect(await store.read(session.id)).toEqual(writes[results.indexOf(true)]);
      });

      row('and keeps a touch that came in between', 'atomicUpdate', async (store, other) => {
        const session = storedSession();
        await store.create(session);
        const touch = {
          lastSeenAt: session.lastSeenAt + 60,
          idleExpiresAt: session.idleExpiresAt + 60,
        };
        await other.touch(session.id, touch);
        const next = nextOf(session);
        expect(await store.update(next)).toBe(true);
        expect(await store.read(session.id)).toEqual({ ...next, ...touch });
      });
    });

    rows('touches a session', () => {
      row('and changes nothing else', undefined, async (store, other) => {
        const session = storedSession();
        await store.create(session);
        const touch = {
          lastSeenAt: session.lastSeenAt + 60,
          idleExpiresAt: session.idleExpiresAt + 60,
        };
        expect(await store.touch(session.id, touch)).toBe(true);
        expect(await other.read(session.id)).toEqual({ ...session, ...touch });
      });

      row('only if there is one', undefined, async (store) => {
        const id = digest(randomUUID());
        expect(await store.touch(id, { lastSeenAt: now(), idleExpiresAt: now() + 60 })).toBe(false);
        expect(await store.read(id)).toBeUndefined();
      });

      row('and a late one does not undo a newer one', 'atomicUpdate', async (store, other) => {
        const session = storedSession();
        await store.create(session);
        const touch = {
          lastSeenAt: session.lastSeenAt + 60,
          idleExpiresAt: session.idleExpiresAt + 60,
        };
        await store.touch(session.id, touch);
        expect(await other.touch(session.id, session)).toBe(true);
        expect(await store.read(session.id)).toEqual({ ...session, ...touch });
      });
    });

    rows('lets a session expire', () => {
      row('at its idle expiry, at its expiry, and not before', undefined, async (store, other) => {
        const soon = Math.floor(now()) + 2;
        const idle = storedSession({ idleExpiresAt: soon });
        const absolute = storedSession({ expiresAt: soon });
        const touched = storedSession({ idleExpiresAt: soon });
        const bounded = storedSession({ idleExpiresAt: soon, expiresAt: soon + 1 });
        await Promise.all([idle, absolute, touched, bounded].map((one) => store.create(one)));
        const later = { lastSeenAt: soon - 1, idleExpiresAt: soon + 3600 };
        await Promise.all([touched, bounded].map((one) => store.touch(one.id, later)));
        expect(await store.read(idle.id)).toEqual(idle);
        for (const { id } of [idle, absolute, bounded]) {
          await until(async () => (await other.read(id)) === undefined);
        }
        expect(now()).toBeGreaterThanOrEqual(soon + 0.9);
        expect(await store.touch(idle.id, later)).toBe(false);
        expect(await store.read(touched.id)).toMatchObject(later);
      });
    });

    rows('destroys a session', () => {
      row('for every process, and again without an error', undefined, async (store, other) => {
        const session = storedSession();
        await store.create(session);
        await other.destroy(session.id);
        await store.destroy(session.id);
        expect(await store.read(session.id)).toBeUndefined();
      });

      row('that does not come back by a later write', undefined, async (store, other) => {
        const session = storedSession();
        await store.create(session);
        await other.destroy(session.id);
        expect(await store.update(nextOf(session))).toBe(false);
        expect(await store.touch(session.id, session)).toBe(false);
        expect(await store.read(session.id)).toBeUndefined();
      });

      row('that does not come back by a write in flight', 'atomicUpdate', async (store, other) => {
        for (let round = 0; round < 200; round++) {
          const session = storedSession();
          await store.create(session);
          await Promise.all([
            store.update(nextOf(session)),
            other.touch(session.id, session),
            round % 2 ? store.destroy(session.id) : other.destroy(session.id),
            other.update(nextOf(session)),
            store.touch(session.id, session),
          ]);
          expect(await store.read(session.id)).toBeUndefined();
        }
      });
    });

    rows("lists a subject's sessions", () => {
      row('and no others', 'index', async (store, other) => {
        const subject = digest(randomUUID());
        const sessions = Array.from({ length: 20 }, () => storedSession({ subject }));
        await Promise.all([...sessions, storedSession()].map((one) => store.create(one)));
        await other.destroy(sessions[0]!.id);
        const listed = await other.listBySubject(subject);
        expect(byId(listed)).toEqual(byId(sessions.slice(1)));
        expect(await store.listBySubject(digest('nobody'))).toEqual([]);
      });

      row('without those that expired', 'index', async (store) => {
        const subject = digest(randomUUID());
        const soon = Math.floor(now()) + 2;
        const old = Math.floor(now()) - 7200;
        const short = storedSession({ subject, idleExpiresAt: soon, createdAt: old });
        const long = storedSession({ subject });
        await Promise.all([short, long].map((one) => store.create(one)));
        await until(async () => (await store.read(short.id)) === undefined);
        expect(await store.listBySubject(subject)).toEqual([long]);
        expect(await store.listBySubject(subject)).toEqual([long]);
      });
    });

    rows('destroys all sessions', () => {
      row('of a subject that began before a time', 'index', async (store, other) => {
        const subject = digest(randomUUID());
        const time = Math.floor(now());
        const [first, second, third] = [time - 20, time - 10, time].map((createdAt) =>
          storedSession({ subject, createdAt }),
        );
        const stranger = storedSession({ createdAt: time - 20 });
        await Promise.all([first!, second!, third!, stranger].map((one) => store.create(one)));
        expect(await other.destroyAll({ subject, createdBefore: time })).toBe(2);
        expect(await store.listBySubject(subject)).toEqual([third]);
        expect(await store.read(first!.id)).toBeUndefined();
        expect(await store.read(stranger.id)).toEqual(stranger);
        expect(await other.destroyAll({ subject, createdBefore: time })).toBe(0);
      });

      row('of a sid', 'index', async (store, other) => {
        const subject = digest(randomUUID());
        const [one, another] = [storedSession({ subject }), storedSession({ subject })];
        await Promise.all([one, another].map((session) => store.create(session)));
        expect(await other.destroyAll({ sid: one.sid!, createdBefore: one.createdAt })).toBe(0);
        expect(await other.destroyAll({ sid: one.sid!, createdBefore: one.createdAt + 1 })).toBe(1);
        expect(await store.listBySubject(subject)).toEqual([another]);
      });

      row('of a sid only if they are of the subject', 'index', async (store) => {
        const session = storedSession();
        await store.create(session);
        const { subject, sid, createdAt } = session;
        const createdBefore = createdAt + 1;
        const stranger = { subject: digest('stranger'), sid: sid!, createdBefore };
        expect(await store.destroyAll(stranger)).toBe(0);
        expect(await store.destroyAll({ subject, sid: sid!, createdBefore })).toBe(1);
      });

      row('but not on nobody’s behalf', 'index', async (store) => {
        await expect(store.destroyAll({ createdBefore: now() })).rejects.toThrow();
      });

      row('also after they were updated and touched', 'index', async (store) => {
        const session = storedSession();
        await store.create(session);
        const next = nextOf(session);
        await store.update(next);
        await store.touch(session.id, session);
        const { subject } = session;
        expect(await store.destroyAll({ subject, createdBefore: session.createdAt + 1 })).toBe(1);
        expect(await store.update(nextOf(next))).toBe(false);
        expect(await store.read(session.id)).toBeUndefined();
      });

      row('also those that are being written just now', 'index', async (store, other) => {
        for (let round = 0; round < 100; round++) {
          const session = storedSession();
          const { subject, sid, createdAt } = session;
          const selector = round % 2 ? { subject } : { sid: sid! };
          await Promise.all([
            store.create(session),
            tick(round % 7).then(() => other.listBySubject(subject)),
            tick(round % 5).then(() =>
              other.destroyAll({ ...selector, createdBefore: createdAt + 1 }),
            ),
          ]);
          expect(await store.read(session.id)).toBeUndefined();
          expect(await store.listBySubject(subject)).toEqual([]);
        }
      });
    });

    rows('gives nothing away', () => {
      row('when its whole server is dumped', undefined, async (store) => {
        const session = storedSession({ id: digest(SECRETS.sessionId) });
        await store.create(session);
        const dump = await under.dump();
        expect(dump).toContain(session.sealed);
        for (const secret of Object.values(SECRETS)) expect(dump).not.toContain(secret);
      });
    });

    if (others.length === 0) return;
    it('says which rows of the contract do not apply, and why', () => {
      for (const { title, needs } of others) {
        const reason = options.reasons?.[needs] ?? REASONS[needs];
        console.log(`${name}: "${title}" does not apply: ${reason}`);
        expect(under.store.capabilities[needs]).toBe(false);
      }
    });
  });
}

/** Lets some turns of the event loop pass. */
async function tick(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function byId(sessions: readonly StoredSession[]): StoredSession[] {
  return [...sessions].sort((a, b) => (a.id < b.id ? -1 : 1));
}
