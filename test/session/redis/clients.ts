import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster, createSentinel } from 'redis';
import type { RedisClient } from '../../../libs/upbond-auth/src/shared-memory/redis-client.js';
import type { RedisCluster, RedisSentinels, RedisServer } from '../../support/redis-server.js';

/** A client of the application. */
export interface ApplicationClient {
  readonly client: RedisClient;
  close(): void;
}

/** How an application connects, with either package. */
export interface ClientKind {
  readonly name: string;
  single(server: RedisServer): Promise<ApplicationClient>;
  sentinels(group: RedisSentinels): Promise<ApplicationClient>;
  cluster(cluster: RedisCluster): Promise<ApplicationClient>;
}

// An 'error' event without a listener ends the process.
const ignore = () => undefined;

function ioRedis(client: Redis | Cluster): ApplicationClient {
  client.on('error', ignore);
  return { client, close: () => client.disconnect() };
}

const IOREDIS: ClientKind = {
  name: 'ioredis',
  single: async (server) => ioRedis(new Redis(server.port, '127.0.0.1')),
  sentinels: async ({ sentinels, name }) =>
    ioRedis(new Redis({ sentinels: sentinels.map((one) => one.address), name })),
  cluster: async ({ addresses }) => ioRedis(new Cluster([...addresses])),
};

const NODE_REDIS: ClientKind = {
  name: 'node-redis',
  single: async (server) => {
    const client = createClient({ url: server.url });
    client.on('error', ignore);
    await client.connect();
    return { client, close: () => client.destroy() };
  },
  sentinels: async ({ sentinels, name }) => {
    const client = createSentinel({ name, sentinelRootNodes: sentinels.map((one) => one.address) });
    client.on('error', ignore);
    await client.connect();
    return { client, close: () => void client.destroy() };
  },
  cluster: async ({ addresses }) => {
    const rootNodes = addresses.map((socket) => ({ socket }));
    const client = createCluster({ rootNodes });
    client.on('error', ignore);
    await client.connect();
    return { client, close: () => client.destroy() };
  },
};

export const CLIENT_KINDS: readonly ClientKind[] = [IOREDIS, NODE_REDIS];
