import { Inject, Injectable } from '@nestjs/common';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { CLOCK, type Clock } from '../options/clock.provider.js';
import { UPBOND_AUTH_CONFIG } from '../options/config.provider.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { AccessTokenVerifier } from './access-token.js';
import { whenThere, type MaybePromise } from './at-once.js';
import type { AccessTokenClaims } from './access-token-claims.js';
import { isOpaque } from './access-token-header.js';
import { wellFormed, type BearerCredential } from './bearer-credential.js';
import { BearerCaller, type Caller } from './caller.js';

/** Finds out who calls with a bearer token, whatever kind of call brought it. */
@Injectable()
export class BearerService {
  /** Whether any bearer token at all could be accepted. */
  readonly isAccepted: boolean;

  constructor(
    @Inject(UPBOND_AUTH_CONFIG) private readonly config: UpbondAuthConfig,
    @Inject(AccessTokenVerifier) private readonly tokens: AccessTokenVerifier,
    @Inject(CLOCK) private readonly now: Clock,
  ) {
    this.isAccepted = config.accessTokenAudiences.length > 0 || config.dangerouslyAcceptIdTokens;
  }

  /**
   * Whose token it is: at once for one that was seen before.
   *
   * @throws UpbondAuthException `invalid_request`, `invalid_token`, or `temporarily_unavailable`
   * without keys
   */
  callerOf(credential: BearerCredential): MaybePromise<Caller> {
    if ('problem' in credential) throw malformed(credential.problem);
    const { token } = credential;
    const claims = this.tokens.remembered(token) ?? this.verify(credential);
    return whenThere(claims, (verified) => this.caller(token, verified));
  }

  private caller(token: string, claims: AccessTokenClaims): MaybePromise<Caller> {
    const { loadTokenUser } = this.config;
    const end = this.endOf(token, claims);
    if (!loadTokenUser) return new BearerCaller(token, claims, claims, end);
    return whenThere(loadTokenUser(claims), (user) => {
      if (user) return new BearerCaller(token, claims, user, end);
      throw new UpbondAuthException('invalid_token', { detail: 'loadTokenUser returned no user' });
    });
  }

  /** What an opaque token is worth is only known as of the last question about it. */
  private endOf(token: string, { exp }: AccessTokenClaims): number {
    if (this.config.opaqueAccessTokens === 'refuse' || !isOpaque(token)) return exp;
    return Math.min(exp, this.now() + this.config.opaqueAccessTokenCacheSeconds);
  }

  private verify(presented: BearerCredential): Promise<AccessTokenClaims> {
    const credential = wellFormed(presented);
    if ('problem' in credential) throw malformed(credential.problem);
    if (this.isAccepted) return this.tokens.verify(credential.token);
    throw new UpbondAuthException('invalid_token', { detail: 'accessTokenAudiences is empty' });
  }
}

function malformed(detail: string): UpbondAuthException {
  return new UpbondAuthException('invalid_request', { detail });
}
