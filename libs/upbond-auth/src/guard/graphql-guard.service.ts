import { Inject, Injectable } from '@nestjs/common';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { fieldCarrier, type CallContext } from '../exchange/carrier.js';
import type { Exchange } from '../exchange/exchange.js';
import { ExchangeService } from '../exchange/exchange.service.js';
import { graphqlCall, type GraphqlCall } from '../exchange/graphql-call.js';
import { isUpgradeToWebSocket } from '../exchange/request-site.js';
import { AdmissionService } from './admission.service.js';
import { ACCESS_TOKENS, rememberCall, type AccessTokens } from './call.js';
import type { Caller } from './caller.js';
import { CallerService } from './caller.service.js';
import { GraphqlEndService } from './graphql-end.service.js';
import { GraphqlException } from './graphql.exception.js';
import { RefusalService } from './refusal.service.js';
import type { Requirements } from './requirements.js';
import type { Transport } from './transport.js';

type Identified = Promise<Caller | undefined>;

/**
 * Decides on fields of GraphQL operations, over HTTP and over the WebSockets of graphql-ws. Nobody is
 * redirected: a refusal is a GraphQL error.
 */
@Injectable()
export class GraphqlGuardService implements Transport {
  /** Who makes a request, or an operation over a WebSocket; by what is accepted of them. */
  readonly #identified = new WeakMap<object, WeakMap<object, Map<string, Identified>>>();

  constructor(
    @Inject(ExchangeService) private readonly exchanges: ExchangeService,
    @Inject(CallerService) private readonly callers: CallerService,
    @Inject(AdmissionService) private readonly admission: AdmissionService,
    @Inject(RefusalService) private readonly refusals: RefusalService,
    @Inject(GraphqlEndService) private readonly ends: GraphqlEndService,
    @Inject(ACCESS_TOKENS) private readonly accessTokens: AccessTokens,
  ) {}

  async admit(context: CallContext, requirements: Requirements): Promise<true> {
    const call = graphqlCall(context.getArgs());
    if (!call) throw unsupported();
    const exchange = this.exchangeOf(call);
    try {
      const caller = await this.callerOf(call, exchange, requirements);
      await this.admission.require(caller, requirements);
      this.carry(call, exchange, caller);
      return true;
    } catch (error) {
      if (!(error instanceof UpbondAuthException)) throw error;
      throw this.refusal(call, exchange, error, requirements);
    }
  }

  private exchangeOf({ connection, request, response }: GraphqlCall): Exchange {
    if (connection) return this.exchanges.ofConnection(connection);
    return this.exchanges.of(request, response);
  }

  /** A public field goes on without a caller, whatever is wrong with the credentials. */
  private async callerOf(call: GraphqlCall, exchange: Exchange, needed: Requirements) {
    try {
      return await this.identified(call, exchange, needed);
    } catch (error) {
      if (needed.isPublic && error instanceof UpbondAuthException) return undefined;
      throw error;
    }
  }

  /** All fields of a request ask the same: the first one finds out, and a public one may learn from it. */
  private identified(call: GraphqlCall, exchange: Exchange, needed: Requirements): Identified {
    const known = this.knownOf(call);
    const accepted = needed.credentials.join(' ');
    const kind = needed.isPublic ? `public ${accepted}` : accepted;
    const identify = async () => this.callers.identify(exchange, needed);
    const found = known.get(accepted) ?? known.get(kind) ?? identify();
    known.set(kind, found);
    return found;
  }

  /** Of a request, or of one operation on a connection, whatever contexts its application makes. */
  private knownOf(call: GraphqlCall): Map<string, Identified> {
    const ofRequest = this.#identified.get(call.request) ?? new WeakMap();
    this.#identified.set(call.request, ofRequest);
    const key = isLasting(call) ? call.context : call.request;
    const known = ofRequest.get(key) ?? new Map<string, Identified>();
    ofRequest.set(key, known);
    return known;
  }

  private carry(call: GraphqlCall, exchange: Exchange, caller: Caller | undefined): void {
    const carrier = fieldCarrier(call);
    if (!caller) return;
    carrier.user = caller.user;
    call.req.user = caller.user;
    const known = { caller, exchange, accessTokens: this.accessTokens };
    rememberCall(carrier, known);
    if (!isLasting(call)) rememberCall(call.request, known);
    if (isLasting(call) || call.isSubscription) this.ends.closeWith(call, caller);
  }

  private refusal(
    call: GraphqlCall,
    exchange: Exchange,
    error: UpbondAuthException,
    needed: Requirements,
  ): GraphqlException {
    const isHttp = !isLasting(call);
    const refusal = isHttp ? this.refusals.withChallenge(exchange, error, needed) : error;
    return new GraphqlException(refusal, { isHttp });
  }
}

/** Whether one request carries many operations: each of them finds out who calls. */
function isLasting({ connection, request }: GraphqlCall): boolean {
  return connection !== undefined || isUpgradeToWebSocket(request.headers);
}

function unsupported(): GraphqlException {
  const detail = 'no request in the GraphQL context';
  const error = new UpbondAuthException('unsupported_context', { detail });
  return new GraphqlException(error, { isHttp: false });
}
