import { Inject, Injectable, Logger } from '@nestjs/common';
import { AuthorizationServer } from '../authorization-server/authorization-server.js';
import type { ServerMetadata } from '../authorization-server/metadata.js';
import { RevocationEndpoint } from '../authorization-server/revocation-endpoint.js';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { Exchange } from '../exchange/exchange.js';
import { fieldOrParameter } from '../exchange/form.js';
import { isOwnRequest } from '../exchange/request-site.js';
import { UPBOND_AUTH_CONFIG } from '../options/config.provider.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { SESSIONS } from '../session/sessions.provider.js';
import type { Session } from '../session/session.js';
import type { Sessions } from '../session/sessions.js';
import { RefreshCoordinator } from '../tokens/refresh-coordinator.js';
import { isGenuineClick } from './genuine-click.js';
import { logoutUrl, postLogoutPage } from './logout-url.js';

/** Ends sessions: here first, then at Login 3.0. */
@Injectable()
export class LogoutService {
  readonly #logger = new Logger('UpbondAuth');

  constructor(
    @Inject(UPBOND_AUTH_CONFIG) private readonly config: UpbondAuthConfig,
    @Inject(SESSIONS) private readonly sessions: Sessions,
    @Inject(AuthorizationServer) private readonly server: AuthorizationServer,
    @Inject(RevocationEndpoint) private readonly revocation: RevocationEndpoint,
    @Inject(RefreshCoordinator) private readonly coordinator: RefreshCoordinator,
  ) {}

  /** Whether this request is allowed to sign the user out; a GET that is not has to ask first. */
  isWanted({ method, headers }: Exchange): boolean {
    if (method !== 'POST') return isGenuineClick(method, headers);
    if (isOwnRequest(headers, this.config)) return true;
    throw new UpbondAuthException('cross_site_request', { detail: 'logout from another site' });
  }

  /**
   * Ends the local session, then asks the authorization server to revoke the refresh token, and
   * answers the URL that ends the session there. Whatever the authorization server does, this takes
   * no longer than the deadline and does not fail.
   */
  async end(exchange: Exchange, body: unknown): Promise<string> {
    const signal = AbortSignal.timeout(this.config.deadlineSeconds * 1000);
    exchange.forbidCaching();
    const session = await this.sessions.end(exchange);
    const metadata = await this.metadata(signal);
    if (metadata && session) await this.revoke(await this.refreshToken(session), metadata, signal);
    return logoutUrl(this.config, {
      endSessionEndpoint: metadata?.endSessionEndpoint,
      idToken: session?.tokenSet.idToken,
      returnTo: postLogoutPage(this.config, fieldOrParameter(body, exchange.query, 'returnTo')),
    });
  }

  /** The one that counts now: a refresh elsewhere may have spent what this browser holds. */
  private async refreshToken(session: Session): Promise<string | undefined> {
    const newest = await this.coordinator.newest(session).catch(() => session);
    return newest.tokenSet.refreshToken;
  }

  private async metadata(signal: AbortSignal): Promise<ServerMetadata | undefined> {
    try {
      return await this.server.metadata(signal);
    } catch (error) {
      this.warn('A refresh token may outlive its logout, the metadata cannot be read', error);
      return undefined;
    }
  }

  private async revoke(
    refreshToken: string | undefined,
    metadata: ServerMetadata,
    signal: AbortSignal,
  ): Promise<void> {
    const { revocationEndpoint } = metadata;
    if (refreshToken === undefined) return;
    if (revocationEndpoint === undefined) {
      return this.#logger.warn(
        'A refresh token outlives its logout: the metadata names no revocation endpoint.',
      );
    }
    try {
      await this.revocation.revoke(refreshToken, { ...metadata, revocationEndpoint }, signal);
    } catch (error) {
      this.warn('A refresh token outlives its logout, it could not be revoked', error);
    }
  }

  private warn(what: string, error: unknown): void {
    const known = error instanceof UpbondAuthException ? `${error.code}: ${error.detail}` : error;
    this.#logger.warn(`${what}: ${String(known)}`);
  }
}
