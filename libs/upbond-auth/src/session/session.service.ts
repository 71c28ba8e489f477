import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Exchange } from '../exchange/exchange.js';
import { UPBOND_AUTH_CONFIG } from '../options/config.provider.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import type { JsonValue, UpbondClaims } from '../options/upbond-auth-options.js';
import type { TokenSet } from '../tokens/token-set.js';
import { deepFreeze } from './deep-freeze.js';
import { SessionCookies } from './session-cookies.js';
import type { Session } from './session.js';

/** Begins, reads and ends sessions. */
@Injectable()
export class SessionService {
  constructor(
    @Inject(UPBOND_AUTH_CONFIG) private readonly config: UpbondAuthConfig,
    @Inject(SessionCookies) private readonly cookies: SessionCookies,
  ) {}

  /** A session for a login, with an id of its own: nothing of an earlier session lives on in it. */
  create(claims: UpbondClaims, user: JsonValue, tokenSet: TokenSet, now: number): Session {
    const createdAt = Math.floor(now);
    return deepFreeze({
      id: randomBytes(16).toString('base64url'),
      sub: claims.sub,
      sid: typeof claims.sid === 'string' ? claims.sid : undefined,
      authTime: typeof claims.auth_time === 'number' ? claims.auth_time : undefined,
      // What onLogin returned may hold undefined members; a session is JSON
      user: JSON.parse(JSON.stringify(user)) as JsonValue,
      tokenSet,
      createdAt,
      expiresAt: createdAt + this.config.sessionLifetimeSeconds,
    });
  }

  /** Gives the session to this browser and deletes the one it had. */
  begin(exchange: Exchange, session: Session): void {
    this.cookies.write(exchange, session);
  }

  /** The session of a request, if there is a valid one. Neither I/O nor repeated cryptography. */
  read(exchange: Exchange): Session | undefined {
    return this.cookies.read(exchange.cookies);
  }

  /** Ends the session in this browser. */
  end(exchange: Exchange): void {
    this.cookies.delete(exchange);
  }
}
