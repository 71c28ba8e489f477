import { Inject, Injectable, Logger } from '@nestjs/common';
import { AuthorizationServer } from '../authorization-server/authorization-server.js';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { single } from '../exchange/exchange.js';
import { formParameters, isForm, type RequestWithBody } from '../exchange/form.js';
import { CLOCK, type Clock } from '../options/clock.provider.js';
import { UPBOND_AUTH_CONFIG } from '../options/config.provider.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { RevocationService } from '../session/revocation.service.js';
import type { SingleUse } from '../shared-memory/single-use.js';
import {
  backchannelFailure,
  backchannelSuccess,
  type BackchannelAnswer,
} from './backchannel-answer.js';
import { LogoutTokenVerifier } from './logout-token.js';
import type { LogoutTokenClaims } from './logout-token-claims.js';
import { UnfinishedLogouts } from './unfinished-logouts.js';

/** Injection token of the {@link SingleUse} that knows which logout tokens have come already. */
export const SEEN_LOGOUT_TOKENS = Symbol('UPBOND_AUTH_SEEN_LOGOUT_TOKENS');

/** Signs users out because the authorization server says so (OpenID Connect Back-Channel Logout 1.0). */
@Injectable()
export class BackchannelLogoutService {
  readonly #logger = new Logger('UpbondAuth');
  readonly #unfinished = new UnfinishedLogouts();

  constructor(
    @Inject(UPBOND_AUTH_CONFIG) private readonly config: UpbondAuthConfig,
    @Inject(CLOCK) private readonly now: Clock,
    @Inject(AuthorizationServer) private readonly server: AuthorizationServer,
    @Inject(LogoutTokenVerifier) private readonly verifier: LogoutTokenVerifier,
    @Inject(SEEN_LOGOUT_TOKENS) private readonly seen: SingleUse,
    @Inject(RevocationService) private readonly revocations: RevocationService,
  ) {}

  /** What a logout request is answered. Never rejects: the answer is the protocol's, not a page. */
  async answer(request: RequestWithBody): Promise<BackchannelAnswer> {
    try {
      await this.logOut(await this.verify(tokenIn(request)));
      return backchannelSuccess();
    } catch (error) {
      const answer = backchannelFailure(error);
      // Anybody can send nonsense here; only what an operator can mend is worth a warning
      if (answer.status < 500) this.#logger.debug(describe(error));
      else this.#logger.warn(`A back-channel logout failed: ${describe(error)}`);
      return answer;
    }
  }

  private verify(token: string): Promise<LogoutTokenClaims> {
    const signal = AbortSignal.timeout(this.config.deadlineSeconds * 1000);
    return this.verifier.verify(token, () => this.server.metadata(signal), signal);
  }

  private async logOut(claims: LogoutTokenClaims): Promise<void> {
    const id = `${this.config.clientId} ${claims.iss} ${claims.jti}`;
    const createdBefore = this.#unfinished.take(id) ?? (await this.firstUse(id, claims));
    try {
      await this.revoke(claims, createdBefore);
    } catch (error) {
      this.#unfinished.keep(id, createdBefore);
      throw error;
    }
  }

  /** The time before which sessions end, for a token that has not been seen. */
  private async firstUse(id: string, claims: LogoutTokenClaims): Promise<number> {
    // Two clocks: `iat` is by the server's, the beginning of a session by ours. Ours may be ahead by
    // the leeway, so a session of before the logout can look younger than the token; but nothing
    // that begins after the token came may end.
    const createdBefore = Math.min(this.now(), claims.iat + this.config.leewaySeconds);
    let isFirst: boolean;
    try {
      isFirst = await this.seen.use(id);
    } catch (error) {
      this.#unfinished.keep(id, createdBefore);
      throw error;
    }
    if (isFirst) return createdBefore;
    // Another process may have taken the token and died before its sessions ended. Those that began
    // before the token by any clock end now; if they have ended already, this changes nothing.
    await this.revoke(claims, claims.iat - this.config.leewaySeconds);
    throw invalid('its jti has come before');
  }

  // Back-Channel Logout §2.7: sid identifies the session; without it all of the subject's end
  private revoke({ sid, sub }: LogoutTokenClaims, createdBefore: number): Promise<void> {
    return sid === undefined
      ? this.revocations.revokeBySubject(sub ?? '', createdBefore)
      : this.revocations.revokeBySid(sid, createdBefore);
  }
}

function tokenIn(request: RequestWithBody): string {
  if (!isForm(request)) throw invalid('the content type is not that of a form');
  const token = single(formParameters(request.body), 'logout_token');
  if (token !== undefined) return token;
  throw invalid('the form has no logout_token, or several, or nothing has parsed it');
}

function invalid(reason: string): UpbondAuthException {
  return new UpbondAuthException('logout_token_invalid', { detail: `logout token: ${reason}` });
}

function describe(error: unknown): string {
  if (!(error instanceof UpbondAuthException)) return String(error);
  return `${error.code}${error.detail ? `: ${error.detail}` : ''}`;
}
