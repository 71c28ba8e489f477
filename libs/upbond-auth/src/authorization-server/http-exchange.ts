import * as http from 'node:http';
import * as https from 'node:https';
import { readBody } from './http-body.js';

/** What is sent. */
export interface Outgoing {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** What bounds one exchange. */
export interface Bounds {
  /** `false`: a connection of its own. */
  readonly agent: http.Agent | false;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** A kept connection turned out to be closed: the server never saw the request. */
export class StaleConnectionError extends Error {}

// Fetch standard: a Response with one of these must not have a body
const BODYLESS = new Set([204, 205, 304]);

/** One request and its whole answer; settles exactly once, whatever the socket does. */
export function exchange(target: URL, outgoing: Outgoing, bounds: Bounds): Promise<Response> {
  const { agent, maxBytes, signal } = bounds;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = open(target, outgoing, agent);
    const fail = (error: unknown): void => {
      reject(error);
      request.destroy();
    };
    let isAnswered = false;
    // Never removed: a socket can fail again after the promise has settled
    request.on('error', (error) => fail(isAnswered ? error : classify(request, error)));
    request.on('response', (message) => {
      isAnswered = true;
      receive(message, maxBytes).then(resolve, fail);
    });
    // Without a listener an unasked 101 would wait for the deadline
    request.on('upgrade', (_message, socket) => {
      socket.destroy();
      fail(new Error('the server switched protocols'));
    });
    signal.addEventListener('abort', () => fail(signal.reason), { once: true });
    request.end(outgoing.body);
  });
}

function open(target: URL, { method, headers }: Outgoing, agent: Bounds['agent']) {
  const { request } = target.protocol === 'https:' ? https : http;
  return request(target, { method, headers, agent, insecureHTTPParser: false });
}

function classify(request: http.ClientRequest, error: NodeJS.ErrnoException): Error {
  const isReset = error.code === 'ECONNRESET' || error.code === 'EPIPE';
  if (!isReset || !request.reusedSocket) return error;
  return new StaleConnectionError('the kept connection was closed', { cause: error });
}

async function receive(message: http.IncomingMessage, maxBytes: number): Promise<Response> {
  const status = message.statusCode ?? 0;
  const init = { status, headers: headerPairs(message.rawHeaders) };
  if (BODYLESS.has(status) || (status >= 300 && status < 400)) {
    discard(message);
    return new Response(null, init);
  }
  return new Response(await readBody(message, maxBytes), init);
}

// A redirect's body can be endless, so the connection goes with it
function discard(message: http.IncomingMessage): void {
  message.on('error', () => {});
  if (message.statusCode === 204 || message.statusCode === 304) message.resume();
  else message.destroy();
}

function headerPairs(raw: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    pairs.push([raw[index] ?? '', raw[index + 1] ?? '']);
  }
  return pairs;
}
