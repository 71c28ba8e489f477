import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { until } from '../support/waiting.js';
import { forward } from '../session/processes/processes.js';

/** Before the server has seen a refresh, or after it has spent the refresh token. */
export type HeldAt = 'request' | 'answer';

/**
 * Stands before the emulator as its public address. Everything passes; refreshes can be held, so that
 * something happens in mid-call.
 */
export class TokenGate {
  #held: HeldAt | undefined;
  #waiting: (() => void)[] = [];
  readonly #server = createServer((incoming, outgoing) => {
    this.#handle(incoming, outgoing).catch(() => outgoing.destroy());
  });

  private constructor(private readonly target: { url: string }) {}

  /** Listens on `port`. The target need not be there yet. */
  static async start(port: number, target: { url: string }): Promise<TokenGate> {
    const gate = new TokenGate(target);
    gate.#server.listen(port, '127.0.0.1');
    await once(gate.#server, 'listening');
    return gate;
  }

  /** How many refreshes are being held. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** From now on refreshes wait here. */
  hold(at: HeldAt): void {
    this.#held = at;
  }

  /** Resolves when so many refreshes are being held. */
  async reached(count = 1): Promise<void> {
    await until(async () => this.waiting >= count, `${count} refreshes in mid-call`);
  }

  /** Lets everything pass again. */
  open(): void {
    this.#held = undefined;
    for (const go of this.#waiting.splice(0)) go();
  }

  async close(): Promise<void> {
    this.open();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const isRefresh = new URLSearchParams(body.toString()).get('grant_type') === 'refresh_token';
    if (isRefresh) await this.#pass('request');
    const answer = await forward(this.target, incoming, body);
    if (isRefresh) await this.#pass('answer');
    outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.pipe(outgoing);
  }

  async #pass(at: HeldAt): Promise<void> {
    if (this.#held === at) await new Promise<void>((go) => this.#waiting.push(go));
  }
}
