import { HttpException, Inject, Injectable } from '@nestjs/common';
import { isReturnTo } from '../authorize/return-to.js';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { Exchange } from '../exchange/exchange.js';
import { ExchangeService, type PlatformRequest } from '../exchange/exchange.service.js';
import { isPageNavigation } from '../exchange/navigation.js';
import { isOwnRequest, isSafeMethod } from '../exchange/request-site.js';
import { UPBOND_AUTH_CONFIG } from '../options/config.provider.js';
import { DEFAULT_INSTANCE } from '../options/instance-names.js';
import { RoutesHolder } from '../options/routes.provider.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { SESSIONS } from '../session/sessions.provider.js';
import type { Sessions } from '../session/sessions.js';
import type { Session } from '../session/session.js';

/** What the guard puts on the platform's request. */
interface AuthenticatedRequest extends PlatformRequest {
  user?: unknown;
}

/** Injection token of the {@link GuardService} of an instance; Nest prints it when the module is missing. */
export function guardServiceToken(name: string): string {
  return name === DEFAULT_INSTANCE
    ? 'UpbondAuthModule.forRoot()'
    : `UpbondAuthModule.forRoot({ name: '${name}' })`;
}

/** Decides who may pass, for one instance of the module. */
@Injectable()
export class GuardService {
  readonly #challenge: string;

  constructor(
    @Inject(UPBOND_AUTH_CONFIG) private readonly config: UpbondAuthConfig,
    @Inject(ExchangeService) private readonly exchanges: ExchangeService,
    @Inject(SESSIONS) private readonly sessions: Sessions,
    @Inject(RoutesHolder) private readonly routes: RoutesHolder,
  ) {
    // RFC 6750 §3: without credentials the challenge carries no error
    this.#challenge = `Bearer realm="${new URL(config.redirectUri).host}"`;
  }

  /** Lets the request pass with `req.user` set, or throws what has to be answered. */
  async admit(request: AuthenticatedRequest, response: unknown, isPublic: boolean): Promise<true> {
    const exchange = this.exchanges.of(request, response);
    const session = await this.sessionOf(exchange, isPublic);
    if (session || !isPublic) exchange.forbidCaching();
    else exchange.varyByCookie();
    const user = session && !this.isForeign(exchange) ? await this.userOf(session) : undefined;
    if (user) request.user = user;
    if (user || isPublic) return true;
    if (!session) throw this.notSignedIn(exchange);
    if (this.isForeign(exchange)) throw new UpbondAuthException('cross_site_request');
    // Not to the login page: a session at Login 3.0 would send the user straight back here
    throw new UpbondAuthException('login_refused', { detail: 'loadUser returned no user' });
  }

  /** A public route goes on without a session while the store is down. */
  private async sessionOf(exchange: Exchange, isPublic: boolean): Promise<Session | undefined> {
    try {
      // A public route may be cached, whatever headers its handler sets
      return await this.sessions.read(exchange, !isPublic);
    } catch (error) {
      if (isPublic) return undefined;
      throw error;
    }
  }

  /** Cookies come along with requests that other sites make; what changes something must be our own. */
  private isForeign({ method, headers }: Exchange): boolean {
    return !isSafeMethod(method) && !isOwnRequest(headers, this.config);
  }

  private userOf(session: Session): Promise<object | null> | object | null {
    return this.config.loadUser ? this.config.loadUser(session) : session.user;
  }

  private notSignedIn(exchange: Exchange): HttpException {
    if (isPageNavigation(exchange.method, exchange.headers)) return this.toLogin(exchange);
    const headers = { 'WWW-Authenticate': this.#challenge };
    exchange.setHeader('WWW-Authenticate', this.#challenge);
    return new UpbondAuthException('login_required', { headers });
  }

  /** A redirect as an exception: it works on every adapter and survives a catch-all filter. */
  private toLogin(exchange: Exchange): HttpException {
    const page = this.config.publicBasePath + exchange.url;
    const query = isReturnTo(page) ? `?returnTo=${encodeURIComponent(page)}` : '';
    exchange.setHeader('Location', this.routes.current.login.publicPath + query);
    return new HttpException('Sign in to continue', 302);
  }
}
