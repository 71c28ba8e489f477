import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const MISSING_POSTGRES =
  'There is no PostgreSQL. The set-up step installs it; by hand: apt-get install postgresql';

/** Where Debian puts the programs of each version. */
const DEBIAN = '/usr/lib/postgresql';

/**
 * Runs a server and prints its process id; ends it without a farewell when standard input closes, which
 * the system does whatever becomes of the test process. A frozen server has to be woken for that.
 */
const GUARD =
  '"$@" >/dev/null 2>&1 & echo $!; cat >/dev/null; pkill -CONT -P $!; kill -CONT $!; kill -QUIT $!; wait $!';

/** A local PostgreSQL on a free port of loopback and on a socket in a temporary directory. */
export class PostgresServer {
  readonly port: number;
  /** Holds the socket: a `host` that `pg` understands. */
  readonly directory = mkdtempSync(join(tmpdir(), 'postgres-'));
  readonly #programs = findPrograms();
  readonly #user = unprivilegedUser();
  #guard: ChildProcess | undefined;
  #pid = 0;

  private constructor(port: number) {
    this.port = port;
    if (this.#user) chownSync(this.directory, this.#user.uid, this.#user.gid);
  }

  /** Makes an empty cluster, starts it and waits until it answers. */
  static async start(): Promise<PostgresServer> {
    const server = new PostgresServer(await freePort());
    try {
      const options = ['--auth=trust', '--username=postgres', '--encoding=UTF8', '--no-sync'];
      await server.#run('initdb', ['-D', server.#data, ...options]);
      await server.start();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  get url(): string {
    return `postgresql://postgres@127.0.0.1:${this.port}/postgres`;
  }

  get #data(): string {
    return join(this.directory, 'data');
  }

  async start(): Promise<void> {
    const places = ['-D', this.#data, '-k', this.directory, '-h', '127.0.0.1'];
    const settings = ['-p', String(this.port), '-c', 'fsync=off'];
    const server = [join(this.#programs, 'postgres'), ...places, ...settings];
    const stdio = ['pipe', 'pipe', 'ignore'] as const;
    const guard = spawn('sh', ['-c', GUARD, 'sh', ...server], {
      ...this.#user,
      cwd: this.directory,
      stdio: [...stdio],
    });
    const [pid] = (await once(guard.stdout, 'data')) as [Buffer];
    this.#guard = guard;
    this.#pid = Number(pid.toString());
    await this.#untilReady();
  }

  /** Stops it as a machine that goes down would: without a farewell. What was committed stays. */
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

  /** It keeps its connections, accepts new ones and answers nothing. */
  async freeze(): Promise<void> {
    const children = await run('pgrep', ['-P', String(this.#pid)]);
    const processes = [this.#pid, ...children.stdout.trim().split('\n').map(Number)];
    for (const pid of processes) process.kill(pid, 'SIGSTOP');
  }

  async thaw(): Promise<void> {
    const children = await run('pgrep', ['-P', String(this.#pid)]);
    const processes = [...children.stdout.trim().split('\n').map(Number), this.#pid];
    for (const pid of processes) process.kill(pid, 'SIGCONT');
  }

  /** Ends it for good. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }

  async #untilReady(): Promise<void> {
    const end = Date.now() + 20_000;
    while (Date.now() < end) {
      const asked = this.#run('pg_isready', ['-h', '127.0.0.1', '-p', String(this.port)]);
      if (await asked.then(Boolean, () => false)) return;
      await delay(20);
    }
    throw new Error(`PostgreSQL did not start in ${this.directory}`);
  }

  #run(program: string, args: string[]) {
    return run(join(this.#programs, program), args, { ...this.#user, cwd: this.directory });
  }
}

function findPrograms(): string {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).map(Number) : [];
  const newest = versions.filter(Boolean).toSorted((a, b) => b - a)[0];
  if (newest === undefined) throw new Error(MISSING_POSTGRES);
  return join(DEBIAN, String(newest), 'bin');
}

/** PostgreSQL refuses to run as root. */
function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres']).toString());
  return { uid: idOf('-u'), gid: idOf('-g') };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
