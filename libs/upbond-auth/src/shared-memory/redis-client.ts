/** An `ioredis` client: `Redis` (also one that finds its master through Sentinel) or `Cluster`. */
export interface IoRedisClient {
  /** Sends a command by its name, and answers what Redis replies. */
  call(command: string, ...args: string[]): Promise<unknown>;
}

/** A node-`redis` client or client pool. */
export interface NodeRedisClient {
  /** Whether the client is connected or connecting; that it has this member tells it from others. */
  readonly isOpen: boolean;
  /** Sends a command, name first, and answers what Redis replies. */
  sendCommand(args: string[], options?: NodeRedisCommandOptions): Promise<unknown>;
}

/** A node-`redis` cluster client. */
export interface NodeRedisCluster {
  /** Whether the client is connected or connecting; that it has this member tells it from others. */
  readonly isOpen: boolean;
  /** The client of one node; never called, but only a cluster client has it. */
  nodeClient(node: never): unknown;
  /** Sends a command to the node of its first key, and answers what that replies. */
  sendCommand(
    firstKey: string,
    isReadonly: boolean,
    args: string[],
    options?: NodeRedisCommandOptions,
  ): Promise<unknown>;
}

/** A node-`redis` Sentinel client. */
export interface NodeRedisSentinel {
  /** Whether the client is connected or connecting; that it has this member tells it from others. */
  readonly isOpen: boolean;
  /** Where a Sentinel is; never called, but only a Sentinel client has it. */
  getSentinelNode(): unknown;
  /** Sends a command to the master, unless it is said to only read, and answers what that replies. */
  sendCommand(
    isReadonly: boolean,
    args: string[],
    options?: NodeRedisCommandOptions,
  ): Promise<unknown>;
}

/** What is told to node-`redis` with each command. */
export interface NodeRedisCommandOptions {
  /** Takes a command back that has not been sent yet. */
  readonly abortSignal?: AbortSignal;
  /** Which types replies are turned into; an empty one undoes what the application mapped for itself. */
  readonly typeMapping?: Record<number, never>;
}

/**
 * The application's own connection to Redis, connected and closed by the application:
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
