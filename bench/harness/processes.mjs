// @ts-check
// Starts servers on the CPU that is theirs, and speaks with them.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findRedis, MISSING_REDIS } from '../../scripts/servers.mjs';
import { isSmoke } from '../options.mjs';

const CPUS = { server: '0', load: '1', any: '0,1' };

/** Why servers and load are not pinned, or nothing. */
export const UNPINNED = pinThisProcess();

const START_MILLISECONDS = 60_000;
const STOP_MILLISECONDS = 10_000;

// While others have their turn, V8 takes a process for idle: it collects garbage and with it the shapes of the
// requests that Express has just now none of, so that all code that was optimized for them is made anew
const ALWAYS_BUSY = '--no-memory-reducer';

const PROFILES = process.env.BENCH_PROFILE;
const PROFILING = PROFILES ? ['--cpu-prof', `--cpu-prof-dir=${PROFILES}`] : [];

/** All threads of a process. @param {number | undefined} pid @param {keyof typeof CPUS} cpu */
function pin(pid, cpu) {
  if (UNPINNED || pid === undefined) return;
  execFileSync('taskset', ['-a', '-c', '-p', CPUS[cpu], String(pid)], { stdio: 'pipe' });
}

/** The load generator, and whatever it starts that is not under test. */
function pinThisProcess() {
  if (isSmoke) return 'nothing is timed';
  if (availableParallelism() < 2) return 'there is a single CPU';
  try {
    execFileSync('taskset', ['-a', '-c', '-p', CPUS.load, String(process.pid)], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return `taskset does not work here (${error instanceof Error ? error.message.split('\n')[0] : error})`;
  }
}

/** @param {keyof typeof CPUS} cpu @param {string[]} command */
const pinned = (cpu, command) => (UNPINNED ? command : ['taskset', '-c', CPUS[cpu], ...command]);

/** @returns {Promise<number>} */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** A Node process of the benchmark. */
export class Server {
  /** @type {Map<number, { resolve: (value: any) => void, reject: (reason: Error) => void }>} */
  #waiting = new Map();
  #sent = 0;

  /** @param {import('node:child_process').ChildProcess} child @param {number} port */
  constructor(child, port) {
    this.child = child;
    this.port = port;
    child.on('message', (/** @type {any} */ { id, result, error }) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(result);
      else waiting?.reject(new Error(error));
    });
    child.on('exit', (code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`exit code ${code}`));
    });
  }

  /** @param {'cpu' | 'rss' | 'heap' | 'mint' | 'routes'} command @param {unknown} [argument] @returns {Promise<any>} */
  ask(command, argument) {
    const id = ++this.#sent;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.child.send({ id, command, argument });
    });
  }

  /** It ends by itself, so that it can write its profile. @returns {Promise<void>} */
  stop() {
    return new Promise((resolve) => {
      if (this.child.exitCode !== null || this.child.signalCode !== null) return resolve();
      const late = setTimeout(() => this.child.kill('SIGKILL'), STOP_MILLISECONDS);
      this.child.once('exit', () => {
        clearTimeout(late);
        resolve();
      });
      if (this.child.connected) this.child.disconnect();
    });
  }
}

/**
 * Runs a script of this folder. It says when it is ready.
 *
 * @param {string} script
 * @param {{ cpu: keyof typeof CPUS, port: number, input: object }} how
 * @returns {Promise<Server>}
 */
export function startScript(script, { cpu, port, input }) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  // Whoever starts uses both CPUs, which halves the time that is not measured
  const command = [process.execPath, '--expose-gc', ALWAYS_BUSY, ...PROFILING, path];
  const [program = '', ...args] = pinned('any', command);
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production', BENCH: JSON.stringify(input) },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => (output = (output + chunk).slice(-2000)));
  }
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => child.kill('SIGKILL'), START_MILLISECONDS);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(output || `exit code ${code}`)));
    child.once('message', () => {
      clearTimeout(late);
      pin(child.pid, cpu);
      resolve(new Server(child, port));
    });
  });
}

/** A redis-server beside the load, with nothing on disk. */
export async function startRedis() {
  const program = findRedis();
  if (!program) throw new Error(MISSING_REDIS);
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'bench-redis-'));
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', directory];
  const [first = '', ...args] = pinned('load', [program, ...options]);
  const child = spawn(first, args, { stdio: 'ignore' });
  process.once('exit', () => child.kill('SIGKILL'));
  while (!(await canConnect(port))) await new Promise((resolve) => setTimeout(resolve, 20));
  return {
    url: `redis://127.0.0.1:${port}`,
    stop() {
      child.kill('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** @param {number} port @returns {Promise<boolean>} */
function canConnect(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('connect', () => socket.destroy()).on('error', () => resolve(false));
  });
}
