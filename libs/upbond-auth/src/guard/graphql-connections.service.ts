import { Inject, Injectable, Logger } from '@nestjs/common';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { ExchangeService } from '../exchange/exchange.service.js';
import { graphqlConnection, type GraphqlConnection } from '../exchange/graphql-connection.js';
import { CallerService } from './caller.service.js';
import { closeCodeOf, UNAUTHORIZED, type CloseCode } from './graphql-close-codes.js';
import { GraphqlEndService } from './graphql-end.service.js';
import { requirementsOf } from './requirements.js';

/** Whoever is signed in, by a session or a bearer token. */
const SOMEBODY = requirementsOf(
  () => undefined,
  () => undefined,
  '',
);

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

  /** @hidden Nest makes it. */
  constructor(
    @Inject(ExchangeService) private readonly exchanges: ExchangeService,
    @Inject(CallerService) private readonly callers: CallerService,
    @Inject(GraphqlEndService) private readonly ends: GraphqlEndService,
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
      const caller = await this.callers.identify(this.exchanges.ofConnection(connection), SOMEBODY);
      if (!caller) return this.refuse(connection, UNAUTHORIZED);
      this.ends.closeWith({ connection, request: connection.extra.request }, caller);
      return true;
    } catch (error) {
      if (!(error instanceof UpbondAuthException)) throw error;
      this.#logger.debug(`${error.code}${error.detail ? `: ${error.detail}` : ''}`);
      return this.refuse(connection, closeCodeOf(error.getStatus()));
    }
  };

  private refuse(connection: GraphqlConnection, [code, reason]: CloseCode): false {
    connection.extra.socket?.close(code, reason);
    return false;
  }
}
