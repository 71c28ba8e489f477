import { Inject, Injectable } from '@nestjs/common';
import type { UpbondAuthErrorCode } from '../errors/error-codes.js';
import { hasCode, UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { Exchange } from '../exchange/exchange.js';
import type { AccessTokenOptions, AccessTokens, Call } from '../guard/call.js';
import type { PresentedToken } from '../guard/caller.js';
import { CLOCK, type Clock } from '../options/clock.provider.js';
import { UPBOND_AUTH_CONFIG } from '../options/config.provider.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { SESSIONS } from '../session/sessions.provider.js';
import type { Session } from '../session/session.js';
import type { Sessions } from '../session/sessions.js';
import type { HeldTokens } from '../tokens/held-tokens.js';
import { RefreshCoordinator } from '../tokens/refresh-coordinator.js';
import {
  isBeyondLifetime,
  lastResort,
  sufficient,
  type WantedToken,
} from '../tokens/wanted-token.js';
import { RefreshTokenService } from './refresh-token.service.js';
import { wantedToken } from './wanted.js';

/** A session and the request it came with. */
interface SessionCall {
  readonly call: Call;
  readonly exchange: Exchange;
  readonly session: Session;
}

/** Gets access tokens for the sessions of one instance, new ones where that is needed and possible. */
@Injectable()
export class AccessTokenService implements AccessTokens {
  /** The sessions of calls whose tokens were refreshed since they were read. */
  readonly #renewed = new WeakMap<Call, Session>();

  constructor(
    @Inject(UPBOND_AUTH_CONFIG) private readonly config: UpbondAuthConfig,
    @Inject(CLOCK) private readonly now: Clock,
    @Inject(SESSIONS) private readonly sessions: Sessions,
    @Inject(RefreshCoordinator) private readonly coordinator: RefreshCoordinator,
    @Inject(RefreshTokenService) private readonly refreshTokens: RefreshTokenService,
  ) {}

  /**
   * An access token for what the caller may do.
   *
   * @param refused a token that an API has refused, so that it is not handed out again
   * @throws UpbondAuthException the codes of `TokenService.getAccessToken`
   */
  async obtain(call: Call, options: AccessTokenOptions, refused?: string): Promise<string> {
    const presented = call.caller.presented();
    if (presented) return this.handOn(presented, options, refused);
    const held = this.held(call);
    const wanted = wantedToken(held.session, options, this.config, refused);
    const found = sufficient(held.session, wanted, this.now());
    return found ? found.accessToken : this.renewedToken(held, wanted);
  }

  /** Revokes the refresh token of the session of a call. */
  async revoke(call: Call): Promise<void> {
    this.#renewed.set(call, await this.refreshTokens.revokeOf(this.held(call)));
  }

  /** The session of a call, with the tokens that were refreshed since it was read. */
  private held(call: Call): SessionCall {
    const { caller, exchange } = call;
    const session = this.#renewed.get(call) ?? caller.session;
    if (session && exchange) return { call, exchange, session };
    throw new UpbondAuthException(caller.presented() ? 'refresh_token_missing' : 'login_required');
  }

  /** A bearer of a token has no other: it is handed on while it lasts. */
  private handOn(
    { accessToken, expiresAt }: PresentedToken,
    { audience, scope = [], minimumValiditySeconds = 0 }: AccessTokenOptions,
    refused: string | undefined,
  ): string {
    if (audience !== undefined || scope.length > 0) {
      throw new UpbondAuthException('audience_not_granted', {
        detail: 'the caller came with a bearer token: only that very token can be handed on',
      });
    }
    const isLasting = expiresAt - this.now() > minimumValiditySeconds;
    if (accessToken !== refused && isLasting) return accessToken;
    throw new UpbondAuthException('refresh_token_missing', {
      detail: 'the bearer token of the caller does not live that long',
    });
  }

  /** A token that is not held: remembered from a refresh that has happened, or of a new one. */
  private async renewedToken(from: SessionCall, wanted: WantedToken): Promise<string> {
    const { session, exchange } = from;
    try {
      if (this.sessions.canKeepTokens(exchange)) return await this.refreshed(from, wanted);
      return this.remembered(await this.coordinator.newest(session), wanted);
    } catch (error) {
      // The request goes on for as long as there is a token that works
      const rest = hasCode(error, 'login_required')
        ? undefined
        : lastResort(session, wanted, this.now());
      if (!rest) throw error;
      return rest.accessToken;
    }
  }

  private async refreshed(from: SessionCall, wanted: WantedToken): Promise<string> {
    const newest = await this.refreshTokens.spend(from, wanted);
    const kept = await this.refreshTokens.keep(from, newest, wanted);
    this.#renewed.set(from.call, kept);
    return this.goodOrRest(kept, wanted) ?? refuse('access_token_too_short');
  }

  /** Where nothing new can be kept, what has been refreshed elsewhere does as well. */
  private remembered(newest: HeldTokens, wanted: WantedToken): string {
    const isRenewable = newest.tokenSet.refreshToken !== undefined;
    const code = isRenewable ? 'session_not_writable' : 'refresh_token_missing';
    return this.goodOrRest(newest, wanted) ?? refuse(code);
  }

  private goodOrRest(held: HeldTokens, wanted: WantedToken): string | undefined {
    const now = this.now();
    const found = sufficient(held, wanted, now);
    if (!found && isBeyondLifetime(held, wanted)) return undefined;
    return (found ?? lastResort(held, wanted, now))?.accessToken;
  }
}

function refuse(code: UpbondAuthErrorCode): never {
  throw new UpbondAuthException(code);
}
