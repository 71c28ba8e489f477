/** An `ioredis` client: `Redis` (also one that finds its master through Sentinel) or `Cluster`. */
export interface IoRedisClient {
  call(command: string, ...args: string[]): Promise<unknown>;
}

/** A node-`redis` client or client pool. */
export interface NodeRedisClient {
  readonly isOpen: boolean;
  sendCommand(args: string[], options?: NodeRedisCommandOptions): Promise<unknown>;
}

/** A node-`redis` cluster client. */
export interface NodeRedisCluster {
  readonly isOpen: boolean;
  nodeClient(node: never): unknown;
  sendCommand(
    firstKey: string,
    isReadonly: boolean,
    args: string[],
    options?: NodeRedisCommandOptions,
  ): Promise<unknown>;
}

/** A node-`redis` Sentinel client. */
export interface NodeRedisSentinel {
  readonly isOpen: boolean;
  getSentinelNode(): unknown;
  sendCommand(
    isReadonly: boolean,
    args: string[],
    options?: NodeRedisCommandOptions,
  ): Promise<unknown>;
}

/** What is told to node-`redis` with each command. */
export interface NodeRedisCommandOptions {
  readonly abortSignal?: AbortSignal;
  readonly typeMapping?: Record<number, never>;
}

/**
 * The application's own connection to Redis or Valkey, connected and closed by the application:
 * `Redis` or `Cluster` of `ioredis`, or what `createClient`, `createClientPool`, `createCluster` or
 * `createSentinel` of `redis` returns. Only the shape counts; the library depends on neither package.
 */
export type RedisClient = IoRedisClient | NodeRedisClient | NodeRedisCluster | NodeRedisSentinel;

/** Sends one command whose first key is `key`; a client that can takes it back when `signal` aborts. */
export type SendCommand = (key: string, args: string[], signal: AbortSignal) => Promise<unknown>;

/**
 * One way to send a command, whichever client it is.
 *
 * @throws TypeError for something that is no client, or one that answers with callbacks.
 */
export function sendCommandOf(client: RedisClient): SendCommand {
  if (hasMethod(client, 'call')) return overIoRedis(client as IoRedisClient);
  if (!isNodeRedis(client)) throw new TypeError(NO_CLIENT);
  if (hasMethod(client, 'nodeClient')) return overCluster(client as NodeRedisCluster);
  if (hasMethod(client, 'getSentinelNode')) return overSentinel(client as NodeRedisSentinel);
  return (_key, args, signal) => (client as NodeRedisClient).sendCommand(args, options(signal));
}

const NO_CLIENT =
  "Expected a client of 'ioredis' (Redis, Cluster) or of 'redis' 5 or newer (createClient, createCluster, createSentinel)";

function overIoRedis(client: IoRedisClient): SendCommand {
  return (_key, [command = '', ...args]) => client.call(command, ...args);
}

function overCluster(client: NodeRedisCluster): SendCommand {
  // Never "read only": a replica may not know yet that a session has ended.
  return (key, args, signal) => client.sendCommand(key, false, args, options(signal));
}

function overSentinel(client: NodeRedisSentinel): SendCommand {
  return (_key, args, signal) => client.sendCommand(false, args, options(signal));
}

/** The empty mapping: strings stay strings when the application maps them to buffers for itself. */
function options(abortSignal: AbortSignal): NodeRedisCommandOptions {
  return { abortSignal, typeMapping: {} };
}

function isNodeRedis(client: unknown): boolean {
  return hasMethod(client, 'sendCommand') && 'isOpen' in (client as object);
}

function hasMethod(client: unknown, name: string): boolean {
  if (typeof client !== 'object' || client === null) return false;
  return typeof (client as Record<string, unknown>)[name] === 'function';
}
