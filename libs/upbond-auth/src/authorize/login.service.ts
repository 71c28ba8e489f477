import { Inject, Injectable } from '@nestjs/common';
import { UpbondStrategy, type LoginStart } from './upbond.strategy.js';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { single, type Exchange } from '../exchange/exchange.js';
import { isPrefetch } from '../exchange/navigation.js';
import { deepFreeze } from '../options/deep-freeze.js';
import { UPBOND_AUTH_CONFIG } from '../options/config.provider.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { parametersFromApplication, parametersFromBrowser } from './authorization-parameters.js';
import { returnToOr } from './return-to.js';

/** The request out: turns a visit of the login route into an authorization request (RFC 6749 §4.1.1). */
@Injectable()
export class LoginService {
  constructor(
    @Inject(UPBOND_AUTH_CONFIG) private readonly config: UpbondAuthConfig,
    @Inject(UpbondStrategy) private readonly strategy: UpbondStrategy,
  ) {}

  /** The URL of the authorization request for a visit of the login route. */
  async start(exchange: Exchange): Promise<string> {
    refuseWhatIsNoVisit(exchange);
    return this.authorize(exchange, {
      returnTo: returnToOr(this.config.defaultReturnTo, single(exchange.query, 'returnTo')),
      parameters: parametersFromBrowser(exchange.query),
      isRecovery: false,
    });
  }

  /** The URL of the authorization request after a callback that matched no transaction. */
  recover(exchange: Exchange, returnTo: unknown): Promise<string> {
    return this.authorize(exchange, {
      returnTo: returnToOr(this.config.defaultReturnTo, returnTo),
      parameters: {},
      isRecovery: true,
    });
  }

  private async authorize(exchange: Exchange, start: LoginStart): Promise<string> {
    // What the application demands, such as acr_values or max_age, a browser cannot take back
    const parameters = {
      ...start.parameters,
      ...(await this.applicationParameters(exchange, start)),
    };
    return this.strategy.authorizationRequest(exchange, { ...start, parameters });
  }

  private async applicationParameters(exchange: Exchange, { returnTo }: LoginStart) {
    const { authorizationParameters } = this.config;
    if (typeof authorizationParameters !== 'function') {
      return parametersFromApplication(authorizationParameters ?? {});
    }
    const query = Object.fromEntries(exchange.query);
    const request = deepFreeze({ headers: { ...exchange.headers }, query, returnTo });
    return parametersFromApplication(await authorizationParameters(request));
  }
}

/** A login starts when somebody goes to the login page, never for an image, a frame, a script or a prefetch. */
function refuseWhatIsNoVisit({ method, headers }: Exchange): void {
  const { 'sec-fetch-mode': mode = 'navigate', 'sec-fetch-dest': destination = 'document' } =
    headers;
  const isVisit = mode === 'navigate' && destination === 'document';
  // HEAD is routed like GET
  if (method !== 'GET' || !isVisit || isPrefetch(headers)) {
    throw new UpbondAuthException('login_required', {
      detail:
        'the login route was prefetched, framed or requested by a script; it has to be navigated to',
    });
  }
}
