import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const RUNNER = fileURLToPath(new URL('../../support/run-typescript.mjs', import.meta.url));
/** A process of the application with an address of its own. */
export class ApplicationProcess {
  private constructor(
    readonly name: string,
    readonly url: string,
    readonly child: ChildProcess,
  ) {}

  /**
   * Runs a file that ends with `serve` of application.ts. Its end comes at the latest when this process
   * ends: then its channel closes.
   */
  static async start(
    name: string,
    env: Record<string, string>,
    file = 'test/session/processes/application-process.ts',
  ): Promise<ApplicationProcess> {
    const child = fork(RUNNER, [file], {
      env: { ...process.env, ...env, PROCESS_NAME: name },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the application process ${name} ended with ${String(code)}`);
    });
    ended.catch(() => undefined);
    const [{ port }] = (await Promise.race([once(child, 'message'), ended])) as [{ port: number }];
    return new ApplicationProcess(name, `http://localhost:${port}`, child);
  }

  /** Moves all of its clocks to so many seconds after the real time. */
  async moveClock(offsetSeconds: number): Promise<void> {
    const moved = once(this.child, 'message');
    this.child.send({ offsetSeconds });
    await moved;
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }
}

/** What passed the load balancer. */
export interface Passed {
  readonly process: string;
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** Hands each request to the next process; one that does not take it is passed over. */
export class LoadBalancer {
  readonly passed: Passed[] = [];
  processes: readonly ApplicationProcess[] = [];
  #next = 0;
  readonly #server = createServer((incoming, outgoing) => void this.#handle(incoming, outgoing));

  static async start(port: number): Promise<LoadBalancer> {
    const balancer = new LoadBalancer();
    balancer.#server.listen(port, '127.0.0.1');
    await once(balancer.#server, 'listening');
    return balancer;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const first = this.#next++ % this.processes.length;
    const inTurn = [...this.processes.slice(first), ...this.processes.slice(0, first)];
    for (const target of inTurn) {
      const answer = await forward(target, incoming, body).catch(() => undefined);
      if (!answer) continue;
      const { method = '', url = '' } = incoming;
      this.passed.push({ process: target.name, method, path: url, body: body.toString() });
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      return void answer.pipe(outgoing);
    }
    outgoing.writeHead(502).end();
  }
}

/** Sends a request on as it is. */
export function forward(
  { url }: { readonly url: string },
  { url: path, method, headers }: IncomingMessage,
  body: Buffer,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const forwarded = request(url + path, { method, headers, agent: false });
    forwarded.once('response', resolve).once('error', reject).end(body);
  });
}
