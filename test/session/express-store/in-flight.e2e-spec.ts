import fc from 'fast-check';
import { promisify } from 'node:util';
import type {
  ExpressCompatibleStore,
  ExpressStoreCallback,
} from '../../../libs/upbond-auth/src/session/store/express-compatible-store.js';
import { ExpressSessionStore } from '../../../libs/upbond-auth/src/session/store/express-session-store.js';
import type { StoredSession } from '../../../libs/upbond-auth/src/session/store/session-store.js';
import { PostgresServer } from '../../support/postgres-server.js';
import { nextOf, storedSession } from '../store-contract.js';
import { STORE_KINDS, type StoreOfExpress } from './stores.js';

type Action = 'update' | 'touch' | 'read';
const ACTIONS = fc.array(fc.constantFrom<Action>('update', 'touch', 'read'), {
  minLength: 1,
  maxLength: 6,
});

describe('requests in flight', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server?.stop());

  describe.each(STORE_KINDS)('with $name', (kind) => {
    let under: StoreOfExpress;
    beforeAll(async () => {
      under = await kind.open(server);
    });
    afterAll(() => under?.close());

    it('would bring a session back with the plain API: what the second record is for', async () => {
      const { id, ...rest } = storedSession();
      const record = { cookie: { expires: new Date(Date.now() + 60_000) }, ...rest };
      const [set, get, destroy] = plain(under.store);
      await set(id, record);
      await destroy(id);
      await set(id, record); // the request that had read the session before
      expect(await get(id)).toMatchObject({ subject: rest.subject });
    });

    it('never bring a destroyed session back, in any order of the calls', async () => {
      const times = kind.name === 'connect-pg-simple' ? 300 : 1000;
      const plainStore = new ExpressSessionStore(under.store);
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), ACTIONS, fc.nat(8), async (scheduler, actions, turns) => {
          const processes = [under.store, under.other].map(
            (store) => new ExpressSessionStore(inOrderOf(scheduler, store)),
          );
          const session = storedSession();
          await plainStore.create(session);
          const inFlight = actions.map((action, turn) =>
            act(processes[turn % 2]!, action, session),
          );
          const destroyed = pass(turns, inOrderOf(scheduler, under.other))
            .then(() => processes[1]!.destroy(session.id))
            .then(() => Promise.all(processes.map((one) => one.read(session.id))));
          await scheduler.waitFor(Promise.all([...inFlight, destroyed]));
          expect(await destroyed).toEqual([undefined, undefined]);
          expect(await plainStore.read(session.id)).toBeUndefined();
          expect(await plainStore.update(nextOf(session))).toBe(false);
          // What was written in flight has been removed too
          expect(await plain(under.store)[1](`${session.id}.2`)).toBeFalsy();
        }),
        { numRuns: times },
      );
    }, 60_000);

    it('leave nothing behind when they finish while the session is being destroyed', async () => {
      const session = storedSession();
      const { store } = under;
      let release: () => unknown = () => undefined;
      const slow: ExpressCompatibleStore = {
        ...inOrderOf(undefined, store),
        destroy: (key, done) => {
          if (key !== session.id) return store.destroy(key, done);
          release = () => store.destroy(key, done);
        },
      };
      await new ExpressSessionStore(store).create(session);
      const destroyed = new ExpressSessionStore(slow).destroy(session.id);
      expect(await new ExpressSessionStore(under.other).update(nextOf(session))).toBe(true);
      release();
      await destroyed;
      expect(await plain(store)[1](`${session.id}.2`)).toBeFalsy();
    });

    it('that write the same version leave the content of one that was told so', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.scheduler(),
          fc.integer({ min: 2, max: 4 }),
          async (scheduler, many) => {
            const stores = [under.store, under.other];
            const session = storedSession();
            await new ExpressSessionStore(under.store).create(session);
            const writes = Array.from({ length: many }, () => nextOf(session));
            const told = Promise.all(
              writes.map((write, turn) =>
                new ExpressSessionStore(inOrderOf(scheduler, stores[turn % 2]!)).update(write),
              ),
            );
            await scheduler.waitFor(told);
            const answers = await told;
            const confirmed = writes.filter((_, turn) => answers[turn]);
            const stored = await new ExpressSessionStore(under.other).read(session.id);
            expect(confirmed).toContainEqual(stored);
          },
        ),
        { numRuns: 100 },
      );
    });

    it('that come one after the other see each version once', async () => {
      const [store, other] = [under.store, under.other].map((one) => new ExpressSessionStore(one));
      let session: StoredSession = storedSession();
      await store!.create(session);
      for (let turn = 0; turn < 5; turn++) {
        const next = nextOf(session);
        expect(await other!.update(nextOf(session, { version: session.version + 2 }))).toBe(false);
        expect(await store!.update(next)).toBe(true);
        expect(await other!.update(nextOf(session))).toBe(false);
        expect(await other!.read(session.id)).toEqual(next);
        session = next;
      }
    });

    it('that update or touch late do not undo a newer touch', async () => {
      const store = new ExpressSessionStore(under.store);
      const session = storedSession();
      await store.create(session);
      const { lastSeenAt, idleExpiresAt } = session;
      const newer = { lastSeenAt: lastSeenAt + 60, idleExpiresAt: idleExpiresAt + 60 };
      await store.touch(session.id, newer);
      expect(await store.touch(session.id, session)).toBe(true);
      expect(await store.read(session.id)).toEqual({ ...session, ...newer });
      const next = nextOf(session);
      expect(await store.update(next)).toBe(true);
      expect(await store.read(session.id)).toEqual({ ...next, ...newer });
    });
  });
});

/** Lets the others go first for as long as some calls take. */
async function pass(calls: number, store: ExpressCompatibleStore): Promise<void> {
  for (let call = 0; call < calls; call++) await plain(store)[1]('nobody');
}

/** Each call reaches the store when the scheduler, if any, lets it. */
function inOrderOf(
  scheduler: fc.Scheduler | undefined,
  store: ExpressCompatibleStore,
): ExpressCompatibleStore {
  const turn = (begin: () => unknown) =>
    scheduler ? void scheduler.schedule(Promise.resolve()).then(begin) : begin();
  return {
    get: (key, done) => turn(() => store.get(key, done)),
    set: (key, record, done) => turn(() => store.set(key, record, done)),
    touch: (key, record, done) => turn(() => store.touch?.(key, record, done)),
    destroy: (key, done) => turn(() => store.destroy(key, done)),
  };
}

async function act(store: ExpressSessionStore, action: Action, session: StoredSession) {
  if (action === 'read') return store.read(session.id);
  const later = {
    lastSeenAt: session.lastSeenAt + 60,
    idleExpiresAt: session.idleExpiresAt + 60,
  };
  if (action === 'touch') return store.touch(session.id, later);
  return store.update(nextOf(session, later));
}

function plain(store: ExpressCompatibleStore) {
  const get = (key: string, done: ExpressStoreCallback) => void store.get(key, done);
  const destroy = (key: string, done: ExpressStoreCallback) => void store.destroy(key, done);
  const set = (
    key: string,
    record: Parameters<ExpressCompatibleStore['set']>[1],
    done: ExpressStoreCallback,
  ) => void store.set(key, record, done);
  return [promisify(set), promisify(get), promisify(destroy)] as const;
}
