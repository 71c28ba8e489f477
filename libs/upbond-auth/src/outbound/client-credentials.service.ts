import { Inject, Injectable, Logger } from '@nestjs/common';
import { AuthorizationServer } from '../authorization-server/authorization-server.js';
import { TokenEndpoint } from '../authorization-server/token-endpoint.js';
import { quoted, UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { CLOCK, type Clock } from '../options/clock.provider.js';
import { UPBOND_AUTH_CONFIG } from '../options/config.provider.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import type { ApplicationTokenSource } from './application-token.js';
import { ApplicationTokens, type ApplicationGrant } from './application-tokens.js';

/** Which access token {@link ClientCredentialsService.getAccessToken} gets. */
export interface ClientCredentialsOptions {
  /** Identifier of the API that the token is for. */
  readonly audience: string;
  /**
   * Scope values, separated by spaces or as a list.
   * @default what UPBOND has granted the application for this API
   * @see RFC 6749 §3.3
   */
  readonly scope?: string | readonly string[];
  /** Lets this caller give up; the request goes on for those who wait as well. */
  readonly signal?: AbortSignal;
}

/**
 * Injection token of the {@link ClientCredentialsService} of an instance that has a name:
 * `@Inject(clientCredentialsServiceToken('admin')) machine: ClientCredentialsService`. Without a name,
 * inject the class.
 *
 * @param name - as in `forRoot({ name })`
 */
export function clientCredentialsServiceToken(name: string): string {
  return `ClientCredentialsService of UpbondAuthModule.forRoot({ name: '${name}' })`;
}

/**
 * Gets access tokens for the application itself, for work that nobody signed in for: jobs, webhooks,
 * calls between services. Inject it where the module is imported; for an instance with a name, see
 * {@link clientCredentialsServiceToken}.
 *
 * A token is kept in the memory of this process and used until shortly before it expires. It is renewed
 * ahead of that by one request, however many callers there are, and the old one is handed out meanwhile,
 * also while the authorization server fails. After a failure there is a pause: as long as the server asks
 * for, at most an hour, or else one second, then two and so on up to 30.
 *
 * **Security**: such a token has the rights of the application, not those of a user. Check what the user
 * may do before you call another service with it.
 *
 * @example
 * ```ts
 * class NightlyReport {
 *   constructor(private readonly machine: ClientCredentialsService) {}
 *
 *   async send(): Promise<void> {
 *     const token = await this.machine.getAccessToken({ audience: 'https://reports.example.com' });
 *     await fetch('https://reports.example.com/nightly', {
 *       method: 'POST',
 *       headers: { authorization: `Bearer ${token}` },
 *     });
 *   }
 * }
 * ```
 */
@Injectable()
export class ClientCredentialsService {
  readonly #logger = new Logger('UpbondAuth');
  readonly #tokens = new ApplicationTokens((grant) => this.#sourceOf(grant));

  /** @hidden Nest makes it. */
  constructor(
    @Inject(UPBOND_AUTH_CONFIG) private readonly config: UpbondAuthConfig,
    @Inject(CLOCK) private readonly now: Clock,
    @Inject(AuthorizationServer) private readonly server: AuthorizationServer,
    @Inject(TokenEndpoint) private readonly tokenEndpoint: TokenEndpoint,
  ) {}

  /**
   * An access token for an API, in the application's own name.
   *
   * @throws {@link UpbondAuthException} `temporarily_unavailable` while the authorization server does not
   * answer and no token is good any more; `unauthorized_client` for a public client, or when the
   * application may not have such tokens; `invalid_client`, `invalid_scope`, `token_request_failed` and
   * the other codes of the token endpoint; `token_response_invalid`
   * @see RFC 6749 §4.4
   */
  async getAccessToken({ audience, scope, signal }: ClientCredentialsOptions): Promise<string> {
    if (typeof audience !== 'string' || audience === '') {
      throw new TypeError('getAccessToken: audience names the API that the token is for');
    }
    // RFC 6749 §4.4: only a confidential client may
    if (this.config.clientAuthentication === 'none') {
      throw new UpbondAuthException('unauthorized_client', {
        detail: 'a public client cannot prove that it is the application',
      });
    }
    return this.#tokens.of(audience, scope).get(signal);
  }

  #sourceOf(grant: ApplicationGrant): ApplicationTokenSource {
    return {
      now: this.now,
      ask: async () => {
        const signal = AbortSignal.timeout(this.config.deadlineSeconds * 1000);
        const metadata = await this.server.metadata(signal);
        return this.tokenEndpoint.clientCredentials(grant, metadata, signal);
      },
      onUnrenewed: (error) => {
        const known =
          error instanceof UpbondAuthException ? `${error.code}: ${error.detail}` : error;
        this.#logger.warn(
          `The application's access token for ${quoted(grant.audience)} could not be renewed yet: ${String(known)}`,
        );
      },
    };
  }
}
