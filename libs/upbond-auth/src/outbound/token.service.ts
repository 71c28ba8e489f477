import { Inject, Injectable, Scope } from '@nestjs/common';
import type { AccessTokenOptions } from '../guard/call.js';
import { DEFAULT_INSTANCE } from '../options/instance-names.js';
import { AccessTokenService } from './access-token.service.js';
import { CurrentCallService } from './current-call.service.js';

/**
 * Injection token of the {@link TokenService} of an instance with a name:
 * `@Inject(tokenServiceToken('admin'))`. That of the default instance is injected by its class.
 */
export function tokenServiceToken(name: string): string {
  return name === DEFAULT_INSTANCE ? 'UpbondTokenService' : `UpbondTokenService:${name}`;
}

/**
 * Gets access tokens of the signed-in user for calling other services, refreshed where that is needed.
 * {@link AccessToken} does the same in the parameters of a handler, and {@link UpbondFetch} sends the token
 * along by itself.
 *
 * Inject it into any service: it knows the request that the running code belongs to. Handlers of
 * gateways and microservices pass what they were called with as `request`, which here can also be a
 * socket or the context of a message.
 *
 * The first of {@link TokenService}, {@link UpbondFetch} and {@link UserinfoService} that is injected turns on
 * an `AsyncLocalStorage`, which costs every request of the process some microseconds; {@link AccessToken}
 * does not. Outside of injection get it with `app.resolve(TokenService)`: it is transient.
 *
 * @example
 * ```ts
 * @Injectable()
 * class OrdersService {
 *   constructor(private readonly tokens: TokenService) {}
 *
 *   async token(): Promise<string> {
 *     return this.tokens.getAccessToken({ audience: 'https://orders', minimumValiditySeconds: 120 });
 *   }
 * }
 * ```
 */
@Injectable({ scope: Scope.TRANSIENT })
export class TokenService {
  /** @hidden Nest makes it. */
  constructor(
    @Inject(AccessTokenService) private readonly accessTokens: AccessTokenService,
    @Inject(CurrentCallService) private readonly calls: CurrentCallService,
  ) {
    calls.start();
  }

  /**
   * An access token of the caller that is valid for long enough. Near its expiry it is refreshed: once,
   * however many requests in however many processes ask. While the authorization server does not answer,
   * a token that is still valid goes on being given, even for a shorter time than asked for.
   *
   * A caller who came with a bearer token gets that very token.
   *
   * **Security**: the token acts for the user. Send it to the service it is for and to nobody else.
   *
   * @param request - the request, socket or message context; needed only outside of HTTP
   * @throws {@link UpbondAuthException} `login_required` without a session, or when it has ended;
   * `refresh_token_missing` when the token has expired and there is none to renew it with (is
   * `offline_access` in the scope?); `temporarily_unavailable` while the authorization server or the shared
   * memory does not answer; `session_not_writable` where new tokens could not be kept, such as after a
   * stream has begun; `audience_not_granted` for an audience that is not declared or not granted;
   * `access_token_too_short` when no token lives as long as asked for; `session_too_large` when the
   * cookies have no room for another token
   * @throws RangeError if `minimumValiditySeconds` is negative or no number
   * @see RFC 6749 §6
   */
  async getAccessToken(options: AccessTokenOptions = {}, request?: object): Promise<string> {
    return this.accessTokens.obtain(this.calls.get(request), options);
  }

  /**
   * Revokes the refresh token of the caller's session at the authorization server. The session goes on
   * with the access tokens that it has until they expire; a logout revokes by itself.
   *
   * @param request - the request, socket or message context; needed only outside of HTTP
   * @throws {@link UpbondAuthException} `login_required` without a session, `refresh_token_missing`,
   * `session_not_writable`, `temporarily_unavailable`, `token_request_failed`
   * @see RFC 7009 §2.1
   */
  async revoke(request?: object): Promise<void> {
    await this.accessTokens.revoke(this.calls.get(request));
  }
}
