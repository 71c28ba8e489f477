import * as http from 'node:http';
import * as https from 'node:https';
import type * as net from 'node:net';
import * as tls from 'node:tls';
import type { Deadline } from './deadline.js';
import { readBody } from './http-body.js';
import { WholeResponse } from './whole-response.js';

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
  readonly deadline: Deadline;
}

/** A kept connection turned out to be closed: the server never saw the request. */
export class StaleConnectionError extends Error {}

/** No byte of the request can have left: there was no connection yet that it could have left on. */
export class NothingSentError extends Error {}

// Fetch standard: a Response with one of these must not have a body
const BODYLESS = new Set([204, 205, 304]);
// Enough for an error that comes under the wrong status
const LONGEST_REDIRECT_BODY = 16_384;

/** One request and its whole answer; settles exactly once, whatever the socket does. */
export function exchange(target: URL, outgoing: Outgoing, bounds: Bounds): Promise<Response> {
  const { agent, maxBytes, deadline } = bounds;
  return new Promise((resolve, reject) => {
    deadline.throwIfOver();
    const request = open(target, outgoing, agent);
    const fail = (error: unknown): void => {
      reject(error);
      request.destroy();
    };
    let isAnswered = false;
    const mayHaveSent = watchConnection(request);
    // Never removed: a socket can fail again after the promise has settled
    request.on('error', (error) =>
      fail(isAnswered ? error : classify(request, error, mayHaveSent())),
    );
    request.on('response', (message) => {
      isAnswered = true;
      receive(message, maxBytes).then(resolve, fail);
    });
    // Without a listener an unasked 101 would wait for the deadline
    request.on('upgrade', (_message, socket) => {
      socket.destroy();
      fail(new Error('the server switched protocols'));
    });
    deadline.onOver(fail);
    request.end(outgoing.body);
  });
}

function open(target: URL, { method, headers }: Outgoing, agent: Bounds['agent']) {
  const { request } = target.protocol === 'https:' ? https : http;
  return request(target, { method, headers, agent, insecureHTTPParser: false });
}

/** Answers whether the request may have begun to leave; Node writes it once the connection stands. */
function watchConnection(request: http.ClientRequest): () => boolean {
  let isConnected = false;
  request.on('socket', (socket: net.Socket & { secureConnecting?: boolean }) => {
    const isTls = socket instanceof tls.TLSSocket;
    if (socket.connecting || socket.secureConnecting) {
      socket.once(isTls ? 'secureConnect' : 'connect', () => (isConnected = true));
    } else isConnected = true;
  });
  return () => isConnected;
}

function classify(
  request: http.ClientRequest,
  error: NodeJS.ErrnoException,
  mayHaveSent: boolean,
): Error {
  // Node names several refused addresses in the code alone
  if (!mayHaveSent) return new NothingSentError(error.message || error.code, { cause: error });
  const isReset = error.code === 'ECONNRESET' || error.code === 'EPIPE';
  if (!isReset || !request.reusedSocket) return error;
  return new StaleConnectionError('the kept connection was closed', { cause: error });
}

async function receive(message: http.IncomingMessage, maxBytes: number): Promise<Response> {
  const status = message.statusCode ?? 0;
  const init = { status, headers: headerPairs(message.rawHeaders) };
  if (BODYLESS.has(status)) {
    discard(message);
    return new WholeResponse(null, init);
  }
  const isRedirect = status >= 300 && status < 400;
  const body = await (isRedirect ? shortBody(message) : readBody(message, maxBytes));
  return new WholeResponse(body, init);
}

function discard(message: http.IncomingMessage): void {
  message.on('error', () => {});
  if (message.statusCode === 205) message.destroy();
  else message.resume();
}

// A redirect is an answer without its body, too, which can be endless: the connection goes with it
function shortBody(message: http.IncomingMessage): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    message.on('data', (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size <= LONGEST_REDIRECT_BODY) return;
      resolve(null);
      message.destroy();
    });
    message.on('end', () => resolve(Buffer.concat(chunks)));
    message.on('error', () => resolve(null));
    message.on('close', () => resolve(null));
  });
}

function headerPairs(raw: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    pairs.push([raw[index] ?? '', raw[index + 1] ?? '']);
  }
  return pairs;
}
