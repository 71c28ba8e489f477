import type { IncomingMessage } from 'node:http';
import type { Caller } from '../guard/caller.js';
import type { Line } from './connection.js';
import type { Door } from './door.js';
import type { Place } from './place.js';

type Verdict = (
  isVerified: boolean,
  status?: number,
  message?: string,
  headers?: Readonly<Record<string, string>>,
) => void;
interface Upgrade {
  readonly req: IncomingMessage;
}
type VerifyClient = ((upgrade: Upgrade) => boolean) | ((upgrade: Upgrade, done: Verdict) => void);

/** `WebSocketServer` of the package `ws`, as far as it is used. */
export interface WsServer {
  readonly options: { verifyClient?: VerifyClient | null };
  on(event: 'connection', listener: (client: WsClient, request: IncomingMessage) => void): unknown;
}

interface WsClient {
  readonly readyState: number;
  send(text: string): void;
  close(code: number, reason: string): void;
  terminate(): void;
  on(event: 'close' | 'error', listener: () => void): unknown;
}

const OPEN = 1;
/** Of the range for applications; what 401 is to a request (RFC 6455 §7.4.2). */
const UNAUTHORIZED = 4401;
const JSON_HEADERS = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };

export function isWsServer(server: object): server is WsServer {
  const { handleUpgrade, options } = server as Record<string, unknown>;
  return typeof handleUpgrade === 'function' && typeof options === 'object' && options !== null;
}

/** Answers upgrades that may not pass instead of switching protocols, and watches the others. */
export function secureWsServer(server: WsServer, place: Place, door: Door): void {
  const callers = new WeakMap<IncomingMessage, { readonly caller: Caller | undefined }>();
  const next = server.options.verifyClient;
  // With two parameters: `ws` waits for the verdict
  server.options.verifyClient = (upgrade: Upgrade, done: Verdict) => {
    const { req } = upgrade;
    let isDecided = false;
    const decide: Verdict = (...verdict) => {
      isDecided = true;
      done(...verdict);
    };
    door
      .identify(req, place)
      .then((caller) => {
        callers.set(req, { caller });
        verifyNext(next, upgrade, decide);
      })
      .catch((error: unknown) => {
        // A listener of the application failed: on a WebSocket there is no HTTP answer any more
        if (isDecided) throw error;
        refuse(door, error, done);
      })
      .catch(() => req.socket.destroy());
  };
  server.on('connection', (client, request) => {
    client.on('error', () => undefined); // a broken frame must not end the process
    const known = callers.get(request);
    if (!known) return client.terminate();
    client.on('close', door.enter(client, place, lineTo(client), known.caller));
  });
}

/** What the application itself verifies comes after. */
function verifyNext(next: VerifyClient | null | undefined, upgrade: Upgrade, done: Verdict): void {
  if (!next) done(true);
  else if (next.length === 2) next(upgrade, done);
  else done(Boolean((next as (upgrade: Upgrade) => boolean)(upgrade)));
}

function refuse(door: Door, error: unknown, done: Verdict): void {
  const exception = door.refuse(error);
  if (!exception) return done(false, 500);
  const body = JSON.stringify(exception.getResponse());
  done(false, exception.getStatus(), body, { ...JSON_HEADERS, ...exception.headers });
}

function lineTo(client: WsClient): Line {
  const send = (event: string, data: object) => {
    if (client.readyState === OPEN) client.send(JSON.stringify({ event, data }));
  };
  return {
    send,
    close: (code) => client.close(UNAUTHORIZED, code),
    destroy: () => client.terminate(),
  };
}
