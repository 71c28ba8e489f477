import { Inject, Injectable } from '@nestjs/common';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { Exchange } from '../exchange/exchange.js';
import { isOwnRequest } from '../exchange/request-site.js';
import { UPBOND_AUTH_CONFIG } from '../options/config.provider.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { SessionService } from '../session/session.service.js';
import { logoutUrl } from './logout-url.js';

/** Ends sessions: here first, then at Login 3.0. */
@Injectable()
export class LogoutService {
  constructor(
    @Inject(UPBOND_AUTH_CONFIG) private readonly config: UpbondAuthConfig,
    @Inject(SessionService) private readonly sessions: SessionService,
  ) {}

  /** Ends the local session and answers the URL that ends the one at Login 3.0. */
  end(exchange: Exchange): string {
    if (!isOwnRequest(exchange.headers, this.config)) {
      throw new UpbondAuthException('cross_site_request', { detail: 'logout from another site' });
    }
    this.sessions.end(exchange);
    exchange.forbidCaching();
    return logoutUrl(this.config);
  }
}
