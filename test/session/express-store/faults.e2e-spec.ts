import session from 'express-session';
import type pg from 'pg';
import type { ExpressCompatibleStore } from '../../../libs/upbond-auth/src/session/store/express-compatible-store.js';
import { ExpressSessionStore } from '../../../libs/upbond-auth/src/session/store/express-session-store.js';
import {
  ExpressStoreError,
  MissingStoreCapabilityError,
} from '../../../libs/upbond-auth/src/session/store/express-store-errors.js';
import { PostgresServer } from '../../support/postgres-server.js';
import { until } from '../../support/waiting.js';
import { nextOf, storedSession } from '../store-contract.js';
import { makeTable, pgPool, pgStore } from './stores.js';

const stored = storedSession();
const OPERATIONS = {
  create: (store: ExpressSessionStore) => store.create(stored),
  read: (store: ExpressSessionStore) => store.read(stored.id),
  update: (store: ExpressSessionStore) => store.update(nextOf(stored)),
  touch: (store: ExpressSessionStore) => store.touch(stored.id, stored),
  destroy: (store: ExpressSessionStore) => store.destroy(stored.id),
};
const NAMES = Object.keys(OPERATIONS) as (keyof typeof OPERATIONS)[];

/** A store whose methods all do the same, whatever they are asked. */
function every(method: (...args: any[]) => unknown): ExpressCompatibleStore {
  return { get: method, set: method, destroy: method, touch: method };
}

function last(args: unknown[]): (...answer: unknown[]) => void {
  return args.at(-1) as (...answer: unknown[]) => void;
}

describe('an express-session store', () => {
  it('without touch is refused, by name', () => {
    const { touch: _touch, ...store } = every(() => undefined);
    expect(() => new ExpressSessionStore(store)).toThrow(MissingStoreCapabilityError);
    expect(() => new ExpressSessionStore(store)).toThrow(/no touch\(\)/);
  });

  it.each([0, -1, NaN, Infinity, 61])('is not waited for %s seconds', (timeoutSeconds) => {
    expect(
      () =>
        new ExpressSessionStore(
          every(() => undefined),
          { timeoutSeconds },
        ),
    ).toThrow(RangeError);
  });

  it('says what it cannot do', async () => {
    const store = new ExpressSessionStore(new session.MemoryStore());
    expect(store.capabilities).toEqual({ atomicUpdate: false, index: false });
    const error = { name: 'MissingStoreCapabilityError', capability: 'index' };
    await expect(store.listBySubject()).rejects.toMatchObject(error);
    await expect(store.destroyAll()).rejects.toMatchObject(error);
  });
});

describe('an express-session store that misbehaves', () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => void unhandled.push(error);
  beforeAll(() => void process.on('unhandledRejection', note));
  afterAll(() => void process.off('unhandledRejection', note));
  afterEach(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled.splice(0)).toEqual([]);
  });

  const FAULTS: Record<string, ExpressCompatibleStore> = {
    'answers with an error': every((...args) => last(args)(new Error('no'))),
    'answers with an error that is text': every((...args) => last(args)('no')),
    'throws at once': every(() => {
      throw new Error('no');
    }),
    'rejects with nothing': every(() => Promise.reject()),
    'is asynchronous and rejects': every(async () => Promise.reject(new Error('no'))),
    'is asynchronous, answers with an error and rejects': every(async (...args) => {
      last(args)(new Error('no'));
      throw new Error('again');
    }),
    'answers with an error and then with success': every((...args) => {
      last(args)(new Error('no'));
      last(args)();
    }),
  };

  for (const [fault, store] of Object.entries(FAULTS)) {
    it.each(NAMES)(`and ${fault} makes %s reject`, async (name) => {
      const answer = OPERATIONS[name](new ExpressSessionStore(store));
      await expect(answer).rejects.toMatchObject({ name: 'ExpressStoreError', reason: 'failed' });
      await expect(answer).rejects.toThrow(/^The session store failed \(\w+\)\.$/);
    });
  }

  it.each(NAMES)('and never answers makes %s reject in time', async (name) => {
    const store = new ExpressSessionStore(
      every(() => undefined),
      { timeoutSeconds: 0.2 },
    );
    const began = performance.now();
    await expect(OPERATIONS[name](store)).rejects.toMatchObject({ reason: 'timeout' });
    expect(performance.now() - began).toBeLessThan(1000);
  });

  it('and never answers makes it reject within two seconds by default', async () => {
    const began = performance.now();
    const answer = new ExpressSessionStore(every(() => undefined)).read(stored.id);
    await expect(answer).rejects.toBeInstanceOf(ExpressStoreError);
    expect(performance.now() - began).toBeLessThan(2500);
    expect(performance.now() - began).toBeGreaterThan(1900);
  });

  it('and is slow has one deadline for all calls of an operation, and begins none after it', async () => {
    const memory = new session.MemoryStore();
    await new ExpressSessionStore(memory).create(stored);
    const calls: string[] = [];
    const slowly = (name: string, begin: () => void) => {
      calls.push(name);
      setTimeout(begin, 120);
    };
    const store = new ExpressSessionStore(
      {
        get: (key, done) => slowly('get', () => memory.get(key, done)),
        set: (key, record, done) =>
          slowly('set', () => memory.set(key, record as session.SessionData, done)),
        destroy: (key, done) => slowly('destroy', () => memory.destroy(key, done)),
        touch: (_key, _record, done) => slowly('touch', () => done()),
      },
      { timeoutSeconds: 0.2 },
    );
    await expect(store.update(nextOf(stored))).rejects.toMatchObject({
      operation: 'set',
      reason: 'timeout',
    });
    await until(async () => calls.length === 4);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(calls).toEqual(['get', 'get', 'get', 'set']);
  });

  it('and answers twice is heard once', async () => {
    const memory = new session.MemoryStore();
    await new ExpressSessionStore(memory).create(stored);
    const store = new ExpressSessionStore({
      ...every((...args) => (last(args)(), last(args)(new Error('late')))),
      get: (key, done) =>
        memory.get(key, (error, record) => (done(error, record), done(new Error('late')))),
    });
    expect(await store.read(stored.id)).toEqual(stored);
    await store.destroy(stored.id);
  });

  it('and says ENOENT for an entry that is not there says that there is none', async () => {
    const error = Object.assign(new Error('no such file'), { code: 'ENOENT', syscall: 'open' });
    const store = new ExpressSessionStore(every((...args) => last(args)(error)));
    expect(await store.read(stored.id)).toBeUndefined();
  });

  it('and calls it an error to touch what is not there says that there is none', async () => {
    const memory = new session.MemoryStore();
    await new ExpressSessionStore(memory).create(stored);
    const store = new ExpressSessionStore({
      get: (key, done) => memory.get(key, done),
      set: (key, record, done) => memory.set(key, record as session.SessionData, done),
      destroy: (key, done) => memory.destroy(key, done),
      // As in connect-mongo, at the moment when the session is destroyed
      touch: (key, _record, done) =>
        memory.destroy(key, () => done(new Error('Unable to find the session to touch'))),
    });
    expect(await store.touch(stored.id, stored)).toBe(false);
  });

  it('and loses its connection is asked again as if nothing had been', async () => {
    const memory = new session.MemoryStore();
    const store = new ExpressSessionStore(memory);
    await store.create(stored);
    memory.emit('disconnect');
    expect(await store.read(stored.id)).toEqual(stored);
    memory.emit('connect');
    expect(await store.read(stored.id)).toEqual(stored);
  });
});

describe('PostgreSQL behind an express-session store', () => {
  let server: PostgresServer;
  let pools: pg.Pool[];
  let stores: ExpressSessionStore[];
  beforeAll(async () => {
    server = await PostgresServer.start();
    pools = [pgPool(server), pgPool(server, { connectionString: undefined, ...bySocket() })];
    const options = { timeoutSeconds: 0.5 };
    stores = pools.map((pool) => new ExpressSessionStore(pgStore(pool), options));
    await makeTable(pools[0]!);
  });
  afterAll(async () => {
    await Promise.all((pools ?? []).map((pool) => pool.end()));
    await server?.stop();
  });

  function bySocket(): pg.PoolConfig {
    return { host: server.directory, port: server.port, user: 'postgres', database: 'postgres' };
  }

  it('that is down makes every operation reject in time; once back, nothing is lost', async () => {
    const [kept, ended] = [storedSession(), storedSession()];
    await Promise.all([kept, ended].map((one) => stores[0]!.create(one)));
    await stores[0]!.update(nextOf(kept));
    await stores[0]!.destroy(ended.id);
    const before = await stores[0]!.read(kept.id);
    await server.kill();
    await Promise.all(stores.map((store) => expectAllToReject(store)));
    await server.start();
    for (const store of stores) {
      await until(async () => (await store.read(kept.id)) !== undefined);
      expect(await store.read(kept.id)).toEqual(before);
      expect(await store.read(ended.id)).toBeUndefined();
      expect(await store.touch(kept.id, kept)).toBe(true);
    }
  });

  it('that hangs makes every operation reject in time; once back, it works', async () => {
    const kept = storedSession();
    await stores[0]!.create(kept);
    await server.freeze();
    try {
      await Promise.all(stores.map((store) => expectAllToReject(store)));
    } finally {
      await server.thaw();
    }
    for (const store of stores) {
      await until(async () => (await store.read(kept.id)) !== undefined);
      expect(await store.update(nextOf(kept, { version: 2 }))).toBe(store === stores[0]);
    }
  });

  async function expectAllToReject(store: ExpressSessionStore): Promise<void> {
    const began = performance.now();
    const answers = await Promise.allSettled(NAMES.map((name) => OPERATIONS[name](store)));
    expect(performance.now() - began).toBeLessThan(1500);
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 'rejected', reason: { name: 'ExpressStoreError' } });
    }
  }
});
