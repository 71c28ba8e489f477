import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A request as the service saw it. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What the service answers. */
export interface ApiReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A service of somebody, which counts even the connections that bring no request. */
export class Api {
  port = 0;
  connections = 0;
  readonly requests: ApiRequest[] = [];
  reply: (request: ApiRequest) => ApiReply = () => ({ status: 200, body: 'hello' });
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((incoming, outgoing) => {
      void buffer(incoming).then((body) => {
        const { method = '', url: path = '', headers } = incoming;
        const request = { method, path, headers, body };
        this.requests.push(request);
        const { status, headers: sent = {}, body: text } = this.reply(request);
        outgoing.writeHead(status, sent).end(text);
      });
    }).on('connection', () => this.connections++);
  }

  static async start(): Promise<Api> {
    const api = new Api();
    api.#server.listen(0, '127.0.0.1');
    await once(api.#server, 'listening');
    api.port = (api.#server.address() as AddressInfo).port;
    return api;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The tokens that came, in order. */
  get tokens(): (string | undefined)[] {
    return this.requests.map(({ headers }) => headers.authorization?.replace(/^Bearer /, ''));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
