import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findRedis, MISSING_REDIS } from '../../scripts/servers.mjs';
import { freePort } from './ports.js';
import { until } from './waiting.js';

const run = promisify(execFile);

/**
 * Runs a server and prints its process id; kills it when standard input closes, which the system does
 * whatever becomes of the test process.
 */
const GUARD = '"$@" >/dev/null 2>&1 & echo $!; cat >/dev/null; kill -9 $! 2>/dev/null; wait $!';

const DUMP = `
local lines = {}
local function add(value)
  if type(value) ~= 'table' then lines[#lines + 1] = tostring(value) return end
  for _, one in ipairs(value) do add(one) end
end
local read = {
  string = { 'GET' }, hash = { 'HGETALL' }, set = { 'SMEMBERS' }, list = { 'LRANGE', 0, -1 },
  zset = { 'ZRANGE', 0, -1, 'WITHSCORES' }, stream = { 'XRANGE', '-', '+' },
}
for _, key in ipairs(redis.call('KEYS', '*')) do
  local command = read[redis.call('TYPE', key).ok]
  add(key)
  add(redis.call(command[1], key, unpack(command, 2)))
end
return table.concat(lines, '\\n')
`;

export interface RedisServerOptions {
  /** Lines of redis.conf. */
  readonly config?: readonly string[];
  /** Writes every change to disk, for tests of a restart. Without it a restart begins empty. */
  readonly persistent?: boolean;
  readonly sentinel?: boolean;
}

/** A local `redis-server` process on a free port of loopback. */
export class RedisServer {
  readonly port: number;
  readonly #directory = mkdtempSync(join(tmpdir(), 'redis-'));
  readonly #options: RedisServerOptions;
  #guard: ChildProcess | undefined;
  #pid = 0;

  private constructor(port: number, options: RedisServerOptions) {
    this.port = port;
    this.#options = options;
    writeFileSync(join(this.#directory, 'redis.conf'), this.#config().join('\n'));
  }

  /** Starts a server and waits until it answers. */
  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), options);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get address(): { host: string; port: number } {
    return { host: '127.0.0.1', port: this.port };
  }

  async start(): Promise<void> {
    const mode = this.#options.sentinel ? ['--sentinel'] : [];
    const program = findRedis();
    if (!program) throw new Error(MISSING_REDIS);
    const server = [program, join(this.#directory, 'redis.conf'), ...mode];
    const guard = spawn('sh', ['-c', GUARD, 'sh', ...server], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const [pid] = (await once(guard.stdout, 'data')) as [Buffer];
    this.#guard = guard;
    this.#pid = Number(pid.toString());
    await until(
      async () => (await this.cli('ping')) === 'PONG',
      `Redis did not start in ${this.#directory}`,
    );
  }

  /** Stops it as a machine that goes down would: without a farewell. The data on disk stay. */
  async kill(): Promise<void> {
    const guard = this.#guard;
    this.#guard = undefined;
    if (!guard) return;
    const gone = once(guard, 'exit');
    guard.stdin?.end();
    await gone;
  }

  /** Stops it and starts it again on the same port. */
  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** It keeps its connections and answers nothing. */
  freeze(): void {
    process.kill(this.#pid, 'SIGSTOP');
  }

  thaw(): void {
    process.kill(this.#pid, 'SIGCONT');
  }

  /** Ends it for good. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** What `redis-cli` prints for a command. */
  async cli(...args: string[]): Promise<string> {
    const { stdout } = await run('redis-cli', ['-p', String(this.port), ...args], {
      timeout: 5000,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout.trim();
  }

  /** Everything that is in it, keys and values of every type, as text. */
  dump(): Promise<string> {
    return this.cli('eval', DUMP, '0');
  }

  #config(): string[] {
    const data = this.#options.persistent
      ? ['appendonly yes', 'appendfsync always']
      : ['appendonly no'];
    return [
      `port ${this.port}`,
      'bind 127.0.0.1',
      `dir ${this.#directory}`,
      ...(this.#options.sentinel ? [] : ['save ""', ...data]),
      ...(this.#options.config ?? []),
    ];
  }
}

/** Servers that belong together. */
export interface RedisGroup {
  readonly servers: readonly RedisServer[];
  stop(): Promise<void>;
}

export interface RedisSentinels extends RedisGroup {
  readonly name: string;
  readonly master: RedisServer;
  readonly replica: RedisServer;
  readonly sentinels: readonly RedisServer[];
}

/** One master, one replica and three sentinels that fail over about a second after the master is gone. */
export async function startSentinels(name = 'upbond-test'): Promise<RedisSentinels> {
  return group(async (start) => {
    const master = await start({});
    const replica = await start({ config: [`replicaof 127.0.0.1 ${master.port}`] });
    await until(async () => (await replica.cli('info', 'replication')).includes('link_status:up'));
    const config = [
      `sentinel monitor ${name} 127.0.0.1 ${master.port} 2`,
      `sentinel down-after-milliseconds ${name} 700`,
      `sentinel failover-timeout ${name} 3000`,
    ];
    const sentinels = [];
    for (let count = 0; count < 3; count++) sentinels.push(await start({ sentinel: true, config }));
    await Promise.all(sentinels.map((one) => until(() => knowsEveryone(one, name))));
    return { name, master, replica, sentinels };
  });
}

async function knowsEveryone(sentinel: RedisServer, name: string): Promise<boolean> {
  const lines = (await sentinel.cli('sentinel', 'master', name)).split('\n');
  const valueOf = (field: string) => Number(lines[lines.indexOf(field) + 1]);
  return valueOf('num-slaves') === 1 && valueOf('num-other-sentinels') === 2;
}

export interface RedisCluster extends RedisGroup {
  readonly addresses: readonly { host: string; port: number }[];
}

/** A cluster of three masters that have a third of the slots each. */
export async function startCluster(): Promise<RedisCluster> {
  return group(async (start) => {
    const servers: RedisServer[] = [];
    for (let count = 0; count < 3; count++) servers.push(await start(await clusterNode()));
    const addresses = servers.map((one) => one.address);
    const hosts = addresses.map(({ host, port }) => `${host}:${port}`);
    // The nodes have to find each other, which they look at once a second: longer than `cli` waits
    const create = ['--cluster', 'create', ...hosts, '--cluster-yes'];
    await run('redis-cli', create, { timeout: 20_000 });
    for (const one of servers) await until(() => isComplete(one));
    return { addresses };
  });
}

async function clusterNode(): Promise<RedisServerOptions> {
  const busPort = await freePort();
  const config = ['cluster-enabled yes', 'cluster-node-timeout 2000', `cluster-port ${busPort}`];
  // A node that is down for a moment must not close the others' slots too.
  return { config: [...config, 'cluster-require-full-coverage no'] };
}

async function isComplete(server: RedisServer): Promise<boolean> {
  const info = await server.cli('cluster', 'info');
  return info.includes('cluster_state:ok') && info.includes('cluster_slots_ok:16384');
}

type Start = (options: RedisServerOptions) => Promise<RedisServer>;

/** Starts several servers; if one cannot start, none stays. */
async function group<T extends object>(
  build: (start: Start) => Promise<T>,
): Promise<T & RedisGroup> {
  const servers: RedisServer[] = [];
  const stop = async () => void (await Promise.all(servers.map((one) => one.stop())));
  try {
    const parts = await build(async (options) => {
      const server = await RedisServer.start(options);
      servers.push(server);
      return server;
    });
    return { ...parts, servers, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
