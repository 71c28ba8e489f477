import { Inject, Injectable } from '@nestjs/common';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { Exchange } from '../exchange/exchange.js';
import { isSafeOrOwnRequest, type OwnOrigins, type SiteRequest } from '../exchange/request-site.js';
import { UPBOND_AUTH_CONFIG } from '../options/config.provider.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { SESSIONS } from '../session/sessions.provider.js';
import type { Sessions } from '../session/sessions.js';
import type { Session } from '../session/session.js';
import { orElse, whenThere, type MaybePromise } from './at-once.js';
import { presentedCredential } from './bearer-credential.js';
import { BearerService } from './bearer.service.js';
import { SessionCaller, type Caller } from './caller.js';
import type { Requirements } from './requirements.js';

/** Whether a request may use its cookies. */
type CookieRule = (request: SiteRequest, own: OwnOrigins) => boolean;

/** Finds out who makes a request: a bearer token decides where there is one, else the session. */
@Injectable()
export class CallerService {
  constructor(
    @Inject(UPBOND_AUTH_CONFIG) private readonly config: UpbondAuthConfig,
    @Inject(BearerService) private readonly bearers: BearerService,
    @Inject(SESSIONS) private readonly sessions: Sessions,
  ) {}

  /**
   * Who calls, or nobody: at once for credentials that were seen before.
   *
   * @throws UpbondAuthException `invalid_request` or `invalid_token` for a bearer token,
   * `cross_site_request` or `login_refused` for a session
   */
  identify(
    exchange: Exchange,
    requirements: Pick<Requirements, 'isPublic' | 'credentials'>,
    mayUseCookies: CookieRule = isSafeOrOwnRequest,
  ): MaybePromise<Caller | undefined> {
    const { isPublic, credentials } = requirements;
    const bearer = presentedCredential(exchange.authorization);
    const { isAccepted } = this.bearers;
    if (bearer || !isPublic)
      exchange.forbidCaching(isAccepted ? 'Authorization, Cookie' : 'Cookie');
    else if (isAccepted) exchange.varyBy('Authorization');
    if (bearer && !credentials.includes('bearer')) return undefined;
    if (bearer) return this.bearers.callerOf(bearer);
    if (!credentials.includes('session')) return undefined;
    return whenThere(this.sessionOf(exchange, isPublic), (session) => {
      // Of a route that is not public it has been forbidden already
      if (isPublic && session) exchange.forbidCaching();
      else if (isPublic) exchange.varyBy('Cookie');
      if (!session) return undefined;
      // Cookies come along with requests that other sites make
      if (mayUseCookies(exchange, this.config)) return this.callerOf(session);
      throw new UpbondAuthException('cross_site_request');
    });
  }

  /** A public route goes on without a session while the store is down. */
  private sessionOf(exchange: Exchange, isPublic: boolean): ReturnType<Sessions['read']> {
    // A public route may be cached, whatever headers its handler sets
    const read = () => this.sessions.read(exchange, !isPublic);
    return isPublic ? orElse(read, () => undefined) : read();
  }

  private callerOf(session: Session): MaybePromise<Caller> {
    const { loadUser } = this.config;
    if (!loadUser) return new SessionCaller(session, session.user);
    return whenThere(loadUser(session), (user) => {
      if (user) return new SessionCaller(session, user);
      // Not to the login page: a session at Login 3.0 would send the user straight back here
      throw new UpbondAuthException('login_refused', { detail: 'loadUser returned no user' });
    });
  }
}
