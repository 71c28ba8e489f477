import {
  ExpressSessionStore,
  RedisSessionStore,
  RedisSharedMemory,
  type UpbondAuthOptions,
} from 'nestjs-upbond-auth';
import type { PostgresServer } from '../../support/postgres-server.js';
import type { RedisServer } from '../../support/redis-server.js';
import { makeTable, pgPool, pgStore } from '../express-store/stores.js';
import { CLIENT_KINDS, type ApplicationClient, type ClientKind } from '../redis/clients.js';

export interface Servers {
  readonly redis: RedisServer;
  readonly postgres: PostgresServer;
}

/** What one process of an application remembers sessions with. */
export interface Memory {
  readonly options: Pick<UpbondAuthOptions, 'sessionStore' | 'sharedMemory'>;
  close(): Promise<void> | void;
}

/** A way to keep sessions, and which rows of the table in the README say yes to it. */
export interface Mode {
  readonly name: string;
  /** Whether the session itself is in the cookie, or in a store. */
  readonly isSealed: boolean;
  /** What has to be up besides the application. */
  readonly server: keyof Servers | undefined;
  /** Whether a user's sessions can be listed. */
  readonly lists: boolean;
  /** What outlives a restart, and so is seen by every process. */
  readonly outlivesRestart: { readonly revoke: boolean; readonly revokeAll: boolean };
  /** Why a row says no. */
  readonly reasons: Partial<Record<'list' | 'revoke' | 'revokeAll' | 'down', string>>;
  connect(servers: Servers): Promise<Memory>;
}

const EVERYWHERE = { revoke: true, revokeAll: true };
const NO_INDEX_OF_COOKIES = 'nothing about a sealed cookie is on the server';
const THIS_PROCESS = 'without sharedMemory this process remembers it, until it restarts';

function clientNamed(name: string): ClientKind {
  const kind = CLIENT_KINDS.find((one) => one.name === name);
  if (!kind) throw new Error(`no client is called ${name}`);
  return kind;
}

function overRedis(
  client: string,
  use: (client: ApplicationClient['client']) => Memory['options'],
): Mode['connect'] {
  return async ({ redis }) => {
    const connection = await clientNamed(client).single(redis);
    return { options: use(connection.client), close: () => connection.close() };
  };
}

export const MODES: readonly Mode[] = [
  {
    name: 'sealed cookie',
    isSealed: true,
    server: undefined,
    lists: false,
    outlivesRestart: { revoke: false, revokeAll: false },
    reasons: {
      list: NO_INDEX_OF_COOKIES,
      revoke: THIS_PROCESS,
      revokeAll: THIS_PROCESS,
      down: 'there is no server that could be down',
    },
    connect: async () => ({ options: {}, close: () => undefined }),
  },
  {
    name: 'sealed cookie + RedisSharedMemory',
    isSealed: true,
    server: 'redis',
    lists: false,
    outlivesRestart: EVERYWHERE,
    reasons: { list: NO_INDEX_OF_COOKIES },
    connect: overRedis('ioredis', (client) => ({ sharedMemory: new RedisSharedMemory(client) })),
  },
  ...['ioredis', 'node-redis'].map((client): Mode => ({
    name: `RedisSessionStore (${client})`,
    isSealed: false,
    server: 'redis',
    lists: true,
    outlivesRestart: EVERYWHERE,
    reasons: {},
    connect: overRedis(client, (redis) => ({ sessionStore: new RedisSessionStore(redis) })),
  })),
  {
    name: 'ExpressSessionStore (connect-pg-simple)',
    isSealed: false,
    server: 'postgres',
    lists: false,
    outlivesRestart: { revoke: true, revokeAll: false },
    reasons: { list: 'stores of express-session have no index', revokeAll: THIS_PROCESS },
    async connect({ postgres }) {
      const pool = pgPool(postgres);
      await makeTable(pool);
      return {
        options: { sessionStore: new ExpressSessionStore(pgStore(pool)) },
        close: () => pool.end(),
      };
    },
  },
];
