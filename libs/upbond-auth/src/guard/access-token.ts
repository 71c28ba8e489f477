import type { JWTPayload } from 'jose';
import type { AuthorizationServer } from '../authorization-server/authorization-server.js';
import { readClaims, readJws, type CompactJws } from '../authorization-server/compact-jws.js';
import type { JwksCache } from '../authorization-server/jwks.js';
import type { JwksEndpoint } from '../authorization-server/jwks-endpoint.js';
import { unavailable } from '../authorization-server/unavailable.js';
import { verifyWithJwks } from '../authorization-server/verify-with-jwks.js';
import { patience, type Patience } from '../authorization-server/waiting.js';
import { messageOf, UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { SeenTexts } from '../cookies/seen-texts.js';
import { deepFreeze } from '../options/deep-freeze.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import {
  checkAccessTokenClaims,
  refuseToken,
  type AccessTokenClaims,
} from './access-token-claims.js';
import { isOpaque, profileOf } from './access-token-header.js';
import type { OpaqueTokens } from './opaque-tokens.js';

/**
 * Verifies bearer access tokens without asking anybody about each: by the authorization server's keys,
 * and by every claim. What was verified is remembered until it expires, so that the next request with
 * the same token costs one comparison. Opaque ones are asked about where that is configured.
 */
export class AccessTokenVerifier {
  readonly #verified = new SeenTexts<AccessTokenClaims>();

  constructor(
    private readonly config: UpbondAuthConfig,
    private readonly server: Pick<AuthorizationServer, 'metadata'>,
    private readonly jwks: Pick<JwksEndpoint, 'keysAt'>,
    private readonly now: () => number,
    /** Absent: opaque tokens are refused. */
    private readonly opaque?: Pick<OpaqueTokens, 'verify'>,
  ) {}

  /** How many JWTs are remembered. */
  get size(): number {
    return this.#verified.size;
  }

  /** The claims of a token that was verified before and has not expired. */
  remembered(token: string): AccessTokenClaims | undefined {
    const claims = this.#verified.get(token);
    if (!claims || claims.exp > this.now()) return claims;
    this.#verified.forget(token);
    return undefined;
  }

  /**
   * The claims of a token, deeply frozen.
   *
   * @throws UpbondAuthException `invalid_token`, or `temporarily_unavailable` without keys or answer
   */
  async verify(token: string): Promise<AccessTokenClaims> {
    if (this.opaque && isOpaque(token)) return this.opaque.verify(token);
    const known = this.remembered(token);
    if (known) return known;
    const claims = deepFreeze(await this.verifyAfresh(token));
    // Within the leeway it is still accepted, but not without looking again
    if (claims.exp > this.now()) this.#verified.remember(token, claims);
    return claims;
  }

  private async verifyAfresh(token: string): Promise<AccessTokenClaims> {
    const jws = readToken(token, this.config.accessTokenSigningAlgorithms);
    const profile = profileOf(jws);
    const deadline = patience(this.config.deadlineSeconds);
    const { acceptedIssuers, jwksUri } = await this.server.metadata(deadline);
    if (jwksUri === undefined) throw unavailable('no key set: access tokens cannot be verified');
    const claims = await signedClaims(jws, this.jwks.keysAt(jwksUri), deadline);
    checkAccessTokenClaims(claims, {
      profile,
      acceptedIssuers,
      audiences: this.config.accessTokenAudiences,
      clientId: this.config.clientId,
      acceptsIdTokens: this.config.dangerouslyAcceptIdTokens,
      leewaySeconds: this.config.leewaySeconds,
      now: this.now(),
    });
    return claims as unknown as AccessTokenClaims;
  }
}

function readToken(token: string, algorithms: readonly string[]): CompactJws {
  try {
    return readJws(token, algorithms);
  } catch (error) {
    return refuseToken(messageOf(error), error);
  }
}

async function signedClaims(
  jws: CompactJws,
  keys: JwksCache,
  deadline: Patience,
): Promise<JWTPayload> {
  try {
    return readClaims(await verifyWithJwks(jws, keys, deadline));
  } catch (error) {
    if (error instanceof UpbondAuthException) throw error;
    return refuseToken(messageOf(error), error);
  }
}
