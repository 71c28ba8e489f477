import { Inject, Injectable, Logger } from '@nestjs/common';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { Exchange } from '../exchange/exchange.js';
import { ExchangeService } from '../exchange/exchange.service.js';
import type { GraphqlCall } from '../exchange/graphql-call.js';
import {
  connectionAuthorization,
  graphqlConnection,
  type GraphqlConnection,
} from '../exchange/graphql-connection.js';
import { CallerEndService } from './caller-end.service.js';
import type { Caller } from './caller.js';
import { CallerService } from './caller.service.js';
import { requirementsOf } from './requirements.js';

/** Whoever is signed in, by a session or a bearer token. */
const SOMEBODY = requirementsOf(
  () => undefined,
  () => undefined,
  '',
);

// Those of graphql-ws; its clients connect again after 4403 and 1013, but not after 4401
const UNAUTHORIZED = [4401, 'Unauthorized'] as const;
const FORBIDDEN = [4403, 'Forbidden'] as const;
/** RFC 6455 §7.4.2, the registry of close codes */
const TRY_AGAIN_LATER = [1013, 'Try again later'] as const;

/** The part of the `Context` of graphql-ws that {@link GraphqlConnections.onConnect} reads. */
export interface GraphqlConnectionContext {
  /** What the client sent along, such as `{ authorization: 'Bearer …' }`. */
  readonly connectionParams?: unknown;
  /** What the server knows of the connection: the upgrade request and the socket. */
  readonly extra: unknown;
}

/**
 * Refuses WebSockets of GraphQL as a whole where nobody is signed in. It is optional: {@link UpbondGuard}
 * decides on every operation without it, and closes the connection when its caller has ended.
 *
 * It belongs to the instance without a name.
 *
 * **Security**: a WebSocket that a cookie opens needs an `Origin` that is the application's own or one of
 * `allowedOrigins`: pages of any site can open WebSockets, and read what comes (RFC 6455 §10.2).
 *
 * @see the protocol [GraphQL over WebSocket](https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md)
 */
@Injectable()
export class GraphqlConnections {
  readonly #logger = new Logger('UpbondAuth');
  readonly #watched = new WeakSet<object>();

  /** @hidden Nest makes it. */
  constructor(
    @Inject(ExchangeService) private readonly exchanges: ExchangeService,
    @Inject(CallerService) private readonly callers: CallerService,
    @Inject(CallerEndService) private readonly ends: CallerEndService,
  ) {}

  /**
   * For the option `onConnect` of graphql-ws. Closes the connection with 4401 when nobody is signed in or
   * a token is not accepted, with 4403 when it comes from another site or the user is refused, and with
   * 1013 when that cannot be known at the moment.
   */
  readonly onConnect = async (context: GraphqlConnectionContext): Promise<boolean> => {
    const connection = graphqlConnection(context);
    if (!connection) return false;
    try {
      const caller = await this.callers.identify(this.exchangeOf(connection), SOMEBODY);
      if (!caller) return this.refuse(connection, UNAUTHORIZED);
      this.closeAtEnd({ connection, request: connection.extra.request }, caller);
      return true;
    } catch (error) {
      if (!(error instanceof UpbondAuthException)) throw error;
      this.#logger.debug(`${error.code}${error.detail ? `: ${error.detail}` : ''}`);
      return this.refuse(connection, closeCode(error.getStatus()));
    }
  };

  /** @hidden The request that opened the connection, with the token that the client sent along. */
  exchangeOf({ extra, connectionParams }: GraphqlConnection): Exchange {
    return this.exchanges.of(extra.request, undefined, connectionAuthorization(connectionParams));
  }

  /** @hidden Closes the connection of a call when the caller has ended. */
  closeAtEnd(call: Pick<GraphqlCall, 'connection' | 'request'>, caller: Caller): void {
    const { connection, request } = call;
    const key = connection ?? request;
    if (this.#watched.has(key)) return;
    const socket = request.raw?.socket ?? request.socket;
    if (!socket) {
      throw new UpbondAuthException('unsupported_context', {
        detail: 'nothing that can be closed',
      });
    }
    this.#watched.add(key);
    const stop = this.ends.watch(caller, () => {
      if (connection?.extra.socket) connection.extra.socket.close(...FORBIDDEN);
      else socket.destroy();
    });
    socket.once('close', stop);
  }

  private refuse(connection: GraphqlConnection, [code, reason]: readonly [number, string]): false {
    connection.extra.socket?.close(code, reason);
    return false;
  }
}

function closeCode(status: number): readonly [number, string] {
  if (status >= 500) return TRY_AGAIN_LATER;
  return status === 403 ? FORBIDDEN : UNAUTHORIZED;
}
