import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { until } from '../support/waiting.js';
import { forward } from '../session/processes/processes.js';

/** Before the server has seen a refresh, or after it has spent the refresh token. */
export type HeldAt = 'request' | 'answer';

/** What refreshes get instead of the server's answer; nothing for a connection that breaks. */
export interface GateAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * Stands before the emulator as its public address. Everything passes; refreshes can be held, so that
 * something happens in mid-call.
 */
export class TokenGate {
  #held: HeldAt | undefined;
  #instead: GateAnswer | 'broken connection' | undefined;
  #answered = 0;
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

  /** How many refreshes got an answer from here. */
  get answered(): number {
    return this.#answered;
  }

  /** From now on refreshes get this answer, and the server sees none of them. */
  answer(instead: GateAnswer | 'broken connection'): void {
    this.#instead = instead;
    this.#answered = 0;
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
    this.#instead = undefined;
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
    if (isRefresh && this.#instead) return this.#answer(this.#instead, outgoing);
    if (isRefresh) await this.#pass('request');
    // Who was killed while waiting has sent nothing
    if (incoming.socket.destroyed) return;
    const answer = await forward(this.target, incoming, body);
    if (isRefresh) await this.#pass('answer');
    outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.pipe(outgoing);
  }

  #answer(instead: GateAnswer | 'broken connection', outgoing: ServerResponse): void {
    this.#answered++;
    if (instead === 'broken connection') return void outgoing.destroy();
    const { status, headers = { 'content-type': 'application/json' }, body = '' } = instead;
    outgoing.writeHead(status, headers).end(body);
  }

  async #pass(at: HeldAt): Promise<void> {
    if (this.#held === at) await new Promise<void>((go) => this.#waiting.push(go));
  }
}
