import { randomUUID } from 'node:crypto';
import session from 'express-session';
import { Sealer } from '../../../libs/upbond-auth/src/cookies/seal.js';
import type {
  ExpressCompatibleStore,
  ExpressRecord,
} from '../../../libs/upbond-auth/src/session/store/express-compatible-store.js';
import { ExpressSessionStore } from '../../../libs/upbond-auth/src/session/store/express-session-store.js';
import { PostgresServer } from '../../support/postgres-server.js';
import { digest, nextOf, storedSession } from '../store-contract.js';
import { STORE_KINDS, type StoreOfExpress } from './stores.js';

describe('the records in an express-session store', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server?.stop());

  describe.each(STORE_KINDS)('with $name', (kind) => {
    let under: StoreOfExpress;
    let store: ExpressSessionStore;
    beforeEach(async () => {
      under = await kind.open(server);
      store = new ExpressSessionStore(under.store);
    });
    afterEach(() => under?.close());

    it('look like those of express-session', async () => {
      const stored = storedSession();
      await store.create(stored);
      const record = (await get(under.store, stored.id)) as session.SessionData;
      expect(JSON.parse(JSON.stringify(record.cookie))).toEqual({
        originalMaxAge: 3_600_000,
        expires: new Date(stored.idleExpiresAt * 1000).toISOString(),
        httpOnly: true,
        path: '/',
      });
      const opened = new session.MemoryStore().createSession({} as never, record);
      expect(opened.cookie.maxAge).toBeGreaterThan(3_590_000);
    });

    it('are three at most, and none after the session was destroyed', async () => {
      const stored = storedSession();
      await store.create(stored);
      await store.touch(stored.id, stored);
      await store.update(nextOf(stored));
      expect(await keysFound(under.store, stored.id)).toEqual(['', '.2', '.used']);
      await store.destroy(stored.id);
      expect(await keysFound(under.store, stored.id)).toEqual([]);
    });

    it('are worth nothing without the first', async () => {
      const stored = storedSession();
      await store.create(stored);
      await store.touch(stored.id, stored);
      await store.update(nextOf(stored));
      await new Promise((resolve) => under.store.destroy(stored.id, resolve));
      expect(await keysFound(under.store, stored.id)).toEqual(['.2', '.used']);
      expect(await store.read(stored.id)).toBeUndefined();
      expect(await store.update(nextOf(nextOf(stored)))).toBe(false);
      expect(await store.touch(stored.id, stored)).toBe(false);
      for (const id of [`${stored.id}.2`, `${stored.id}.used`]) {
        expect(await store.read(id)).toBeUndefined();
        const record = JSON.stringify(await get(under.store, id));
        expect(record).not.toContain(stored.subject);
        expect(record).not.toContain(stored.userAgent);
      }
    });

    it('are not read from a damaged, exchanged or foreign entry', async () => {
      const [stored, another] = [storedSession(), storedSession()];
      await Promise.all([store.create(stored), store.create(another)]);
      const { cookie } = (await get(under.store, stored.id)) as ExpressRecord;
      const whole = { ...stored };
      const damaged: object[] = [
        {},
        { user: 'of another application' },
        { upbond: null },
        { upbond: 'text' },
        { upbond: [] },
        { upbond: another },
        { upbond: { ...whole, version: '1' } },
        { upbond: { ...whole, sealed: undefined } },
        { upbond: { ...whole, expiresAt: null } },
        { upbond: { ...whole, sid: 5 } },
      ];
      for (const content of damaged) {
        await set(under.store, stored.id, { cookie, ...content });
        expect(await store.read(stored.id)).toBeUndefined();
      }
      expect(await store.read(another.id)).toEqual(another);
    });

    it('do not go back to older tokens when the second is damaged', async () => {
      const stored = storedSession();
      await store.create(stored);
      await store.update(nextOf(stored));
      const second = (await get(under.store, `${stored.id}.2`)) as ExpressRecord;
      for (const upbond of [null, { ...stored }, { ...nextOf(stored), sealed: 5 }]) {
        await set(under.store, `${stored.id}.2`, { ...second, upbond } as ExpressRecord);
        expect(await store.read(stored.id)).toBeUndefined();
      }
    });

    it('hold none of the secrets', async () => {
      const [id, key] = [randomUUID(), randomUUID()];
      const secrets = ['sub', 'email', 'sid', 'access-token', 'refresh-token', 'id-token'].map(
        (name) => `${name}-${randomUUID()}`,
      );
      const seal = () => new Sealer([key], 'session').seal(Buffer.from(secrets.join(' ')), id);
      const stored = storedSession({ id: digest(id), sealed: seal() });
      // What an object has besides the members of the contract stays outside
      const more = { tokens: secrets };
      await store.create({ ...stored, ...more });
      await store.touch(stored.id, stored);
      await store.update({ ...nextOf(stored), sealed: seal(), ...more });
      const dump = await under.dump();
      expect(dump).toContain(stored.id);
      for (const secret of [id, key, ...secrets]) {
        for (const encoding of ['utf8', 'base64', 'base64url', 'hex'] as const) {
          expect(dump).not.toContain(Buffer.from(secret).toString(encoding));
        }
      }
    });
  });

  it('end when they are not used, whatever lifetime the store has of its own', async () => {
    const kept = new Map<string, unknown>();
    const everlasting: ExpressCompatibleStore = {
      get: (key, done) => done(null, kept.get(key)),
      set: (key, record, done) => (kept.set(key, record), done()),
      destroy: (key, done) => (kept.delete(key), done()),
      touch: (_key, _record, done) => done(),
    };
    const store = new ExpressSessionStore(everlasting);
    const time = Math.floor(Date.now() / 1000);
    const idle = storedSession({ idleExpiresAt: time - 1 });
    const over = storedSession({ expiresAt: time - 1 });
    for (const stored of [idle, over]) {
      await store.create(stored);
      expect(await store.read(stored.id)).toBeUndefined();
      expect(await store.touch(stored.id, { lastSeenAt: time, idleExpiresAt: time + 60 })).toBe(
        false,
      );
    }
  });

  it('that only are touched keep the newer tokens as long as the session', async () => {
    const touched: string[] = [];
    const memory = new session.MemoryStore();
    const store = new ExpressSessionStore({
      get: (key, done) => memory.get(key, done),
      set: (key, record, done) => memory.set(key, record as session.SessionData, done),
      destroy: (key, done) => memory.destroy(key, done),
      touch: (key, record, done) => {
        touched.push(key);
        memory.touch(key, record as session.SessionData, done);
      },
    });
    const stored = storedSession();
    await store.create(stored);
    await store.touch(stored.id, stored);
    expect(touched.splice(0)).toEqual([stored.id]);
    await store.update(nextOf(stored));
    await store.touch(stored.id, stored);
    expect(touched).toEqual([`${stored.id}.2`, stored.id]);
    const second = (await get(memory, `${stored.id}.2`)) as ExpressRecord;
    expect(second.cookie.expires).toBe(new Date(stored.expiresAt * 1000).toISOString());
  });
});

function get(store: ExpressCompatibleStore, key: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    store.get(key, (error, record) => (error ? reject(error as Error) : resolve(record)));
  });
}

function set(store: ExpressCompatibleStore, key: string, record: ExpressRecord): Promise<unknown> {
  return new Promise((resolve) => store.set(key, record, resolve));
}

async function keysFound(store: ExpressCompatibleStore, id: string): Promise<string[]> {
  const ends = ['', '.2', '.used'];
  const found = await Promise.all(ends.map((end) => get(store, `${id}${end}`)));
  return ends.filter((_, index) => found[index]);
}
