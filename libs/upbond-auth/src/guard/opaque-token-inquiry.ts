import type { AuthorizationServer } from '../authorization-server/authorization-server.js';
import type { IntrospectionEndpoint } from '../authorization-server/introspection-endpoint.js';
import { unavailable } from '../authorization-server/unavailable.js';
import type { UserinfoEndpoint } from '../authorization-server/userinfo-endpoint.js';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { deepFreeze } from '../options/deep-freeze.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { refuseToken, type AccessTokenClaims } from './access-token-claims.js';
import { introspectedClaims, userinfoClaims } from './opaque-token-claims.js';

/** Whom an inquiry may ask; without introspection it is the user endpoint. */
export interface Informants {
  readonly server: Pick<AuthorizationServer, 'metadata'>;
  readonly introspection: Pick<IntrospectionEndpoint, 'introspect'> | undefined;
  readonly userinfo: Pick<UserinfoEndpoint, 'lookUp'>;
}

/** What a signed token can be at most, because it has to fit into a header. */
const LONGEST_ANSWER = 16_384;

/** Asks the authorization server whose an opaque token is, each time anew. */
export class OpaqueTokenInquiry {
  constructor(
    private readonly config: UpbondAuthConfig,
    private readonly informants: Informants,
    private readonly now: () => number,
  ) {}

  /**
   * The claims of a token, deeply frozen.
   *
   * @throws UpbondAuthException `invalid_token` when the server does not accept the token or its answer
   * is about another API; `temporarily_unavailable` for whatever else goes wrong
   */
  async ask(token: string): Promise<AccessTokenClaims> {
    try {
      return deepFreeze(await this.claimsOf(token));
    } catch (error) {
      const isSaid = error instanceof UpbondAuthException && error.code !== 'userinfo_invalid';
      if (isSaid) throw error;
      const { detail = 'the answer cannot be read' } = error as { detail?: string };
      throw unavailable(`opaque access token: ${detail}`, error);
    }
  }

  private async claimsOf(token: string): Promise<AccessTokenClaims> {
    const { server, introspection, userinfo } = this.informants;
    const signal = AbortSignal.timeout(this.config.deadlineSeconds * 1000);
    const metadata = await server.metadata(signal);
    const now = this.now();
    const askAgainAt = now + Math.max(1, this.config.opaqueAccessTokenCacheSeconds);
    if (!introspection) {
      const answer = complete(await userinfo.lookUp(token, metadata, signal));
      return userinfoClaims(answer, { askAgainAt });
    }
    const answer = complete(await introspection.introspect(token, metadata, signal));
    return introspectedClaims(answer, {
      acceptedIssuers: metadata.acceptedIssuers,
      audiences: this.config.accessTokenAudiences,
      clientId: this.config.clientId,
      leewaySeconds: this.config.leewaySeconds,
      now: this.now(),
      askAgainAt,
    });
  }
}

function complete<Answer extends object>(answer: Answer | undefined): Answer {
  if (!answer) return refuseToken('the authorization server does not accept it');
  if (JSON.stringify(answer).length <= LONGEST_ANSWER) return answer;
  throw unavailable(`the answer is longer than ${LONGEST_ANSWER} characters`);
}
