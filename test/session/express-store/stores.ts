import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import connectPgSimple from 'connect-pg-simple';
import session from 'express-session';
import createMemoryStore from 'memorystore';
import pg from 'pg';
import type { ExpressCompatibleStore } from '../../../libs/upbond-auth/src/session/store/express-compatible-store.js';
import type { PostgresServer } from '../../support/postgres-server.js';

/** A store of express-session, and a second one that sees the same data as another process would. */
export interface StoreOfExpress {
  readonly store: ExpressCompatibleStore;
  readonly other: ExpressCompatibleStore;
  /** Everything in it, as text. */
  dump(): Promise<string>;
  close(): Promise<void>;
}

export interface StoreKind {
  readonly name: string;
  open(server: PostgresServer): Promise<StoreOfExpress>;
}

const PgStore = connectPgSimple(session);
const LruStore = createMemoryStore(session);

export function pgPool(server: PostgresServer, options: pg.PoolConfig = {}): pg.Pool {
  const pool = new pg.Pool({ connectionString: server.url, ...options });
  // Without a listener, a server that goes away ends the process
  pool.on('error', () => undefined);
  return pool;
}

export function pgStore(pool: pg.Pool): ExpressCompatibleStore {
  return new PgStore({ pool, pruneSessionInterval: false });
}

/**
 * As in a migration. Not by `createTableIfMissing`: a store whose first call meets a PostgreSQL that is
 * down remembers that failure for ever.
 */
export async function makeTable(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ found: unknown }>(`select to_regclass('session') as found`);
  if (rows[0]?.found) return;
  const path = createRequire(import.meta.url).resolve('connect-pg-simple/table.sql');
  await pool.query(await readFile(path, 'utf8'));
}

export const STORE_KINDS: readonly StoreKind[] = [
  {
    name: 'connect-pg-simple',
    async open(server) {
      const pools = [pgPool(server), pgPool(server)] as const;
      await makeTable(pools[0]);
      return {
        store: pgStore(pools[0]),
        other: pgStore(pools[1]),
        dump: async () => JSON.stringify((await pools[0].query('select * from session')).rows),
        close: async () => void (await Promise.all(pools.map((pool) => pool.end()))),
      };
    },
  },
  { name: 'memorystore', open: async () => inMemory(new LruStore({ checkPeriod: 0 })) },
  { name: "express-session's MemoryStore", open: async () => inMemory(new session.MemoryStore()) },
];

function inMemory(store: session.Store): StoreOfExpress {
  return {
    store,
    other: store,
    dump: () =>
      new Promise((resolve, reject) => {
        store.all?.((error, all) => (error ? reject(error) : resolve(JSON.stringify(all))));
      }),
    close: async () => undefined,
  };
}
