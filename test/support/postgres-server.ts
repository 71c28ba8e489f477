import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findPostgres, MISSING_POSTGRES } from '../../scripts/servers.mjs';
import { freePort } from './ports.js';
import { until } from './waiting.js';

const run = promisify(execFile);

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
    const asking = ['-h', '127.0.0.1', '-p', String(this.port)];
    const isReady = () => this.#run('pg_isready', asking).then(Boolean);
    await until(isReady, `PostgreSQL did not start in ${this.directory}`);
  }

  #run(program: string, args: string[]) {
    return run(join(this.#programs, program), args, { ...this.#user, cwd: this.directory });
  }
}

function findPrograms(): string {
  const initdb = findPostgres();
  if (!initdb) throw new Error(MISSING_POSTGRES);
  return dirname(initdb);
}

/** PostgreSQL refuses to run as root. */
function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres']).toString());
  return { uid: idOf('-u'), gid: idOf('-g') };
}
