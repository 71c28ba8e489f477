import { Inject, Injectable, Logger } from '@nestjs/common';
import { AuthorizationServer } from '../authorization-server/authorization-server.js';
import { RevocationEndpoint } from '../authorization-server/revocation-endpoint.js';
import { hasCode, UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { Exchange } from '../exchange/exchange.js';
import { UPBOND_AUTH_CONFIG } from '../options/config.provider.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { SESSIONS } from '../session/sessions.provider.js';
import type { Session } from '../session/session.js';
import type { Sessions } from '../session/sessions.js';
import { withoutRefreshToken, type FurtherToken, type HeldTokens } from '../tokens/held-tokens.js';
import { RefreshCoordinator } from '../tokens/refresh-coordinator.js';
import { isFor, matching, type WantedToken } from '../tokens/wanted-token.js';

/** A session and the request it came with. */
export interface HeldSession {
  readonly exchange: Exchange;
  readonly session: Session;
}

/** What becomes of the refresh token of a session: it is spent, its successor kept, or it is revoked. */
@Injectable()
export class RefreshTokenService {
  readonly #logger = new Logger('UpbondAuth');

  constructor(
    @Inject(UPBOND_AUTH_CONFIG) private readonly config: UpbondAuthConfig,
    @Inject(SESSIONS) private readonly sessions: Sessions,
    @Inject(RefreshCoordinator) private readonly coordinator: RefreshCoordinator,
    @Inject(AuthorizationServer) private readonly server: AuthorizationServer,
    @Inject(RevocationEndpoint) private readonly revocation: RevocationEndpoint,
  ) {}

  /** Newer tokens for a session, with the wanted one among them. A refused refresh token ends it. */
  async spend({ exchange, session: read }: HeldSession, wanted: WantedToken): Promise<HeldTokens> {
    const session = await this.current(exchange, read);
    try {
      return await this.coordinator.obtain(session, wanted);
    } catch (error) {
      if (!hasCode(error, 'invalid_grant')) throw error;
      // Perhaps a request elsewhere has put a newer one there
      const current = await this.sessions.read(exchange, false);
      if (current && isOtherToken(current, session))
        return this.spendOrEnd(exchange, current, wanted);
      return this.end(exchange, error);
    }
  }

  /**
   * Keeps new tokens. A session that has ended meanwhile gets none, and what was issued for it is revoked;
   * one that cannot hold all of them keeps what it had, and the wanted one where that fits.
   */
  async keep(from: HeldSession, tokens: HeldTokens, wanted: WantedToken): Promise<Session> {
    // What came for other requests can be too much for this one
    const own = only(tokens, (one) => has(from.session, one) || isFor(one, wanted));
    const had = only(own, (one) => !isFor(one, wanted));
    // The old refresh token may be spent: its successor must not get lost, whatever else has to go
    for (const kind of [tokens, own, had, only(tokens, () => false)]) {
      const kept = await this.keepIfItFits(from, kind);
      if (kept) return matching(kept, wanted) ? kept : this.refuse(kept, wanted, tokens);
    }
    throw tooLarge();
  }

  /** Revokes the refresh token of a session, which goes on without one. */
  async revokeOf(from: HeldSession): Promise<Session> {
    const { exchange, session } = from;
    if (!this.sessions.canKeepTokens(exchange)) {
      throw new UpbondAuthException('session_not_writable');
    }
    const newest = await this.coordinator.newest(await this.current(exchange, session));
    const { refreshToken } = newest.tokenSet;
    if (refreshToken === undefined) throw new UpbondAuthException('refresh_token_missing');
    await this.revoke(refreshToken);
    const tokens = withoutRefreshToken(newest);
    const own = only(tokens, (one) => has(session, one));
    return (await this.keepIfItFits(from, tokens)) ?? this.keepOrRevoke(from, own);
  }

  /**
   * A handler can be busy, and a socket open, for longer than what came of a refresh token is remembered:
   * in the meantime others may have spent it.
   */
  private async current(exchange: Exchange, session: Session): Promise<Session> {
    const found = await this.sessions.read(exchange, false);
    if (found?.id !== session.id) throw ended();
    return found.refreshNumber > session.refreshNumber ? found : session;
  }

  /** Does not ask for the same in vain again at once. */
  private refuse(kept: HeldTokens, wanted: WantedToken, got: HeldTokens): never {
    const error = matching(got, wanted) ? tooLarge() : notGranted();
    this.coordinator.holdOff(kept, wanted, error);
    throw error;
  }

  /** Revokes a refresh token at the authorization server (RFC 7009). */
  private async revoke(refreshToken: string): Promise<void> {
    const signal = AbortSignal.timeout(this.config.deadlineSeconds * 1000);
    const { revocationEndpoint, ...metadata } = await this.server.metadata(signal);
    if (revocationEndpoint === undefined) {
      throw new UpbondAuthException('token_request_failed', {
        detail: 'the metadata names no revocation endpoint: set endpoints.revocationEndpoint',
      });
    }
    await this.revocation.revoke(refreshToken, { ...metadata, revocationEndpoint }, signal);
  }

  private async spendOrEnd(exchange: Exchange, session: Session, wanted: WantedToken) {
    try {
      return await this.coordinator.obtain(session, wanted);
    } catch (error) {
      return hasCode(error, 'invalid_grant') ? this.end(exchange, error) : Promise.reject(error);
    }
  }

  private async end(exchange: Exchange, cause: unknown): Promise<never> {
    await this.sessions.end(exchange);
    throw new UpbondAuthException('login_required', {
      detail: 'the authorization server does not accept the refresh token any more',
      cause,
    });
  }

  private async keepIfItFits(from: HeldSession, tokens: HeldTokens): Promise<Session | undefined> {
    try {
      return await this.keepOrRevoke(from, tokens);
    } catch (error) {
      if (hasCode(error, 'session_too_large')) return undefined;
      throw error;
    }
  }

  private async keepOrRevoke({ exchange, session }: HeldSession, tokens: HeldTokens) {
    const kept = await this.sessions.keepTokens(exchange, session, tokens);
    if (kept) return kept;
    const { refreshToken } = tokens.tokenSet;
    if (refreshToken !== undefined) {
      await this.revoke(refreshToken).catch(() =>
        this.#logger.warn('A refresh token outlives its session, it could not be revoked.'),
      );
    }
    throw ended();
  }
}

function ended(): UpbondAuthException {
  return new UpbondAuthException('login_required', { detail: 'the session has ended meanwhile' });
}

function tooLarge(): UpbondAuthException {
  return new UpbondAuthException('session_too_large', {
    detail: 'the cookies have no room for another access token: configure a sessionStore',
  });
}

function notGranted(): UpbondAuthException {
  return new UpbondAuthException('audience_not_granted', {
    detail: 'the server answered with an access token for another audience',
  });
}

function isOtherToken(current: Session, session: Session): boolean {
  return current.tokenSet.refreshToken !== session.tokenSet.refreshToken;
}

function has({ furtherTokens }: HeldTokens, { audience, requestedScope }: FurtherToken): boolean {
  return furtherTokens.some((one) => isFor(one, { audience, scope: requestedScope }));
}

function only(tokens: HeldTokens, keeps: (one: FurtherToken) => boolean): HeldTokens {
  return { ...tokens, furtherTokens: tokens.furtherTokens.filter(keeps) };
}
