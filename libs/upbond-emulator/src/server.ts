import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { UpbondEmulatorError } from './errors.js';
import type { EmulatorConfig } from './config.js';

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'it is already in use. Choose another port, or stop what listens there',
  EACCES: 'this user may not listen there. Choose a port above 1023',
  EADDRNOTAVAIL: 'this computer does not have that address',
};

export class HttpServer {
  readonly #server: Server;

  #begin: (listener: RequestListener) => void = () => undefined;

  constructor({ tls }: EmulatorConfig) {
    this.#server = tls ? createTlsServer({ key: tls.key, cert: tls.cert }) : createServer();
    // The port is known before everything is ready: requests until then wait.
    const ready = new Promise<RequestListener>((resolve) => (this.#begin = resolve));
    this.#server.on('request', (request, response) => {
      void ready.then((listener) => listener(request, response));
    });
  }

  /** Listens, and answers the port that was given. */
  async listen({ port, host }: EmulatorConfig): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause: NodeJS.ErrnoException) => {
        const reason = reasons[cause.code ?? ''] ?? cause.message;
        const message = `The emulator cannot listen on ${host}:${port}: ${reason}.`;
        reject(new UpbondEmulatorError('port_unavailable', message, { cause }));
      });
      this.#server.listen(port, host, resolve);
    });
    this.#server.removeAllListeners('error');
    return (this.#server.address() as AddressInfo).port;
  }

  serve(listener: RequestListener): void {
    this.#begin(listener);
  }

  /** Frees the port at once; connections that browsers keep open are cut. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}
