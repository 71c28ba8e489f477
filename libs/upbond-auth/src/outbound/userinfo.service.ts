import { Inject, Injectable, Scope } from '@nestjs/common';
import { AuthorizationServer } from '../authorization-server/authorization-server.js';
import { UserinfoEndpoint } from '../authorization-server/userinfo-endpoint.js';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { UPBOND_AUTH_CONFIG } from '../options/config.provider.js';
import { DEFAULT_INSTANCE } from '../options/instance-names.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import type { UpbondClaims } from '../options/upbond-auth-options.js';
import { AccessTokenService } from './access-token.service.js';
import { CurrentCallService } from './current-call.service.js';

/**
 * Injection token of the {@link UserinfoService} of an instance with a name:
 * `@Inject(userinfoServiceToken('admin'))`. That of the default instance is injected by its class.
 */
export function userinfoServiceToken(name: string): string {
  return name === DEFAULT_INSTANCE ? 'UpbondUserinfoService' : `UpbondUserinfoService:${name}`;
}

/**
 * Asks Login 3.0 what it knows of the caller now, where the session only holds what was known at the
 * login.
 *
 * @example
 * ```ts
 * @Injectable()
 * class ProfileService {
 *   constructor(private readonly userinfo: UserinfoService) {}
 *
 *   async email(): Promise<unknown> {
 *     return (await this.userinfo.fetch()).email;
 *   }
 * }
 * ```
 */
@Injectable({ scope: Scope.TRANSIENT })
export class UserinfoService {
  /** @hidden Nest makes it. */
  constructor(
    @Inject(UPBOND_AUTH_CONFIG) private readonly config: UpbondAuthConfig,
    @Inject(AuthorizationServer) private readonly server: AuthorizationServer,
    @Inject(UserinfoEndpoint) private readonly endpoint: UserinfoEndpoint,
    @Inject(AccessTokenService) private readonly accessTokens: AccessTokenService,
    @Inject(CurrentCallService) private readonly calls: CurrentCallService,
  ) {
    calls.start();
  }

  /**
   * The claims of the caller, from the user endpoint of the authorization server. Nothing is cached.
   *
   * **Security**: an answer about anybody else than the caller is refused. The claims come over TLS and
   * are not signed.
   *
   * @param request - the request, socket or message context; needed only outside of HTTP
   * @throws {@link UpbondAuthException} `userinfo_invalid`, `userinfo_subject_mismatch`, and the codes of
   * {@link TokenService.getAccessToken}
   * @see OpenID Connect Core §5.3
   */
  async fetch(request?: object): Promise<UpbondClaims> {
    const call = this.calls.get(request);
    const accessToken = await this.accessTokens.obtain(call, {});
    const signal = AbortSignal.timeout(this.config.deadlineSeconds * 1000);
    const metadata = await this.server.metadata(signal);
    const claims = await this.endpoint.fetchUserinfo(accessToken, metadata, signal);
    // OpenID Connect Core §5.3.2: otherwise a token that was swapped would describe somebody else
    if (claims.sub !== call.caller.sub) throw new UpbondAuthException('userinfo_subject_mismatch');
    return claims;
  }
}
