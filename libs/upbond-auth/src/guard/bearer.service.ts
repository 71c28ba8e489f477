import { Inject, Injectable } from '@nestjs/common';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { CLOCK, type Clock } from '../options/clock.provider.js';
import { UPBOND_AUTH_CONFIG } from '../options/config.provider.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import type { UpbondClaims } from '../options/upbond-auth-options.js';
import { AccessTokenVerifier } from './access-token.js';
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
   * Whose token it is.
   *
   * @throws UpbondAuthException `invalid_request`, `invalid_token`, or `temporarily_unavailable`
   * without keys
   */
  async callerOf(credential: BearerCredential): Promise<Caller> {
    if ('problem' in credential) throw malformed(credential.problem);
    const { token } = credential;
    const claims = this.tokens.remembered(token) ?? (await this.verify(credential));
    const user = await this.userOf(claims);
    if (user) return new BearerCaller(token, claims, user, this.endOf(token, claims));
    throw new UpbondAuthException('invalid_token', { detail: 'loadTokenUser returned no user' });
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

  private userOf(claims: UpbondClaims): Promise<object | null> | object | null {
    return this.config.loadTokenUser ? this.config.loadTokenUser(claims) : claims;
  }
}

function malformed(detail: string): UpbondAuthException {
  return new UpbondAuthException('invalid_request', { detail });
}
