import { ERROR_CODES } from '../errors/error-codes.js';
import type { Caller } from '../guard/caller.js';
import { refusalOf, type Door } from './door.js';
import type { Line } from './connection.js';
import type { HandshakeRequest } from './handshake.js';
import type { Place } from './place.js';

/** A socket of socket.io, as far as it is used. */
interface IoSocket {
  user?: unknown;
  readonly request: HandshakeRequest;
  readonly handshake: { readonly auth: Readonly<Record<string, unknown>> };
  readonly conn: { readonly protocol: number };
  emit(event: string, data: object): unknown;
  disconnect(closesConnection: boolean): unknown;
  once(event: 'disconnect', listener: () => void): unknown;
}

/** A namespace of socket.io, also one that makes others by a pattern. */
export interface IoNamespace {
  readonly name: string;
  readonly server: IoServer;
  use(middleware: (socket: IoSocket, next: (error?: Error) => void) => void): unknown;
  on(event: 'connection', listener: (socket: IoSocket) => void): unknown;
}

/** `Server` of socket.io, as far as it is used. */
export interface IoServer {
  readonly sockets: IoNamespace;
  /** Its resolved options; not declared, but there. */
  readonly opts?: { connectionStateRecovery?: { skipMiddlewares?: boolean } };
  on(event: 'new_namespace', listener: (namespace: IoNamespace) => void): unknown;
}

export function isIoNamespace(server: object): server is IoNamespace {
  const { use, server: of } = server as Record<string, unknown>;
  return typeof use === 'function' && typeof of === 'object' && of !== null && isIoServer(of);
}

export function isIoServer(server: object): server is IoServer {
  const { of, use, sockets } = server as Record<string, unknown>;
  return typeof of === 'function' && typeof use === 'function' && typeof sockets === 'object';
}

/** Secures the namespace `/` and all that are made later, by whomever. */
export function secureIoServer(
  server: IoServer,
  placeOfNamespace: (name: string) => Place,
  door: Door,
): void {
  // By default a client that reconnects soon is let in without asking
  const recovery = server.opts?.connectionStateRecovery;
  if (recovery) recovery.skipMiddlewares = false;
  const secure = (namespace: IoNamespace) =>
    secureIoNamespace(namespace, placeOfNamespace(namespace.name), door);
  secure(server.sockets);
  server.on('new_namespace', secure);
}

/** Which callers were let in, whatever namespace's turn it was to ask. */
const callers = new WeakMap<IoSocket, { readonly caller: Caller | undefined }>();
const entered = new WeakSet<IoSocket>();

/** Twice does no harm: a namespace that was made by a pattern has what its maker has. */
export function secureIoNamespace(namespace: IoNamespace, place: Place, door: Door): void {
  namespace.use((socket, next) => {
    if (callers.has(socket)) return next();
    door
      .identify(socket.request, place, tokenOf(socket))
      .then((caller) => {
        callers.set(socket, { caller });
        socket.user = caller?.user;
      })
      .then(
        () => next(),
        (error: unknown) => next(connectErrorOf(door, error)),
      );
  });
  namespace.on('connection', (socket) => {
    if (entered.has(socket)) return;
    entered.add(socket);
    const known = callers.get(socket);
    if (!known) return void socket.disconnect(true);
    socket.once('disconnect', door.enter(socket, place, lineTo(socket), known.caller));
  });
}

/** Clients of socket.io 2 send it in the query, where it is not looked at. */
function tokenOf({ handshake, conn }: IoSocket): unknown {
  return conn.protocol === 3 ? undefined : handshake.auth['token'];
}

/** socket.io sends `message` and `data` to the client as `connect_error`. */
function connectErrorOf(door: Door, error: unknown): Error {
  const exception = door.refuse(error);
  if (!exception) return new Error('Internal server error');
  const { code, message } = exception;
  return Object.assign(new Error(message), { data: refusalOf(code, message) });
}

function lineTo(socket: IoSocket): Line {
  return {
    send: (event, data) => void socket.emit(event, data),
    close: (code) => {
      socket.emit('exception', refusalOf(code, ERROR_CODES[code].message));
      socket.disconnect(true);
    },
    destroy: () => void socket.disconnect(true),
  };
}
