import { decodeJwt } from 'jose';
import type { AuthorizationServer } from '../authorization-server/authorization-server.js';
import type { ServerMetadata } from '../authorization-server/metadata.js';
import type { TokenEndpoint } from '../authorization-server/token-endpoint.js';
import type { TokenResponse } from '../authorization-server/token-response.js';
import type { UpbondAuthErrorCode } from '../errors/error-codes.js';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { audiencesOf } from './audiences.js';
import type { FurtherToken, HeldTokens } from './held-tokens.js';
import type { IdTokenCompanions, IdTokenVerifier } from './id-token.js';
import type { RefreshGrant } from './refresh-coordinator.js';
import { TokenSet } from './token-set.js';
import { isFor, type WantedToken } from './wanted-token.js';

/** Of a request for another audience or scope, these say that it is not granted (RFC 6749 §5.2, RFC 8707 §2). */
const NOT_GRANTED = new Set<UpbondAuthErrorCode>([
  'access_denied',
  'consent_required',
  'interaction_required',
  'invalid_request',
  'invalid_scope',
  'login_required',
  'token_request_failed',
  'unauthorized_client',
]);

/** What the grant needs of its neighbours. */
export interface RefreshGrantParts {
  readonly server: Pick<AuthorizationServer, 'metadata'>;
  readonly tokenEndpoint: Pick<TokenEndpoint, 'refresh'>;
  readonly idTokens: Pick<IdTokenVerifier, 'verifyRefreshed'>;
  readonly deadlineSeconds: number;
  readonly now: () => number;
}

/** The refresh token grant (RFC 6749 §6, OpenID Connect Core §12). */
export class TokenEndpointRefresh implements RefreshGrant {
  constructor(private readonly parts: RefreshGrantParts) {}

  async refresh(held: HeldTokens, wanted: WantedToken, refreshNumber: number): Promise<HeldTokens> {
    const { server, deadlineSeconds, now } = this.parts;
    const signal = AbortSignal.timeout(deadlineSeconds * 1000);
    const metadata = await server.metadata(signal);
    const response = await this.#request(held, wanted, metadata, signal);
    const { accessToken } = response;
    const companions = { accessToken, metadata, patience: signal };
    const idToken = await this.#verified(response.idToken, held.tokenSet.idToken, companions);
    const made = { refreshNumber, now: Math.floor(now()) };
    return renewed(held, wanted, { ...response, idToken }, made);
  }

  /** The ID token that came; nothing while there are no keys, since its answer replaces what was spent. */
  async #verified(
    idToken: string | undefined,
    previous: string | undefined,
    companions: IdTokenCompanions,
  ): Promise<string | undefined> {
    // With OAuth alone there was none at the login, and one that comes now says nothing
    if (idToken === undefined || previous === undefined) return undefined;
    try {
      await this.parts.idTokens.verifyRefreshed(idToken, previous, companions);
      return idToken;
    } catch (error) {
      // OpenID Connect Core §3.1.3.7 (6): TLS says that it is the server's word
      if (isUnavailable(error) && isOfSameUser(idToken, previous)) return undefined;
      throw error;
    }
  }

  async #request(
    { tokenSet }: HeldTokens,
    wanted: WantedToken,
    metadata: ServerMetadata,
    signal: AbortSignal,
  ): Promise<TokenResponse> {
    const { audience, scope } = wanted;
    const { refreshToken = '', scope: grantedScope } = tokenSet;
    const asked = scope.length > 0 ? scope : undefined;
    const request = { refreshToken, grantedScope, audience, scope: asked };
    try {
      return await this.parts.tokenEndpoint.refresh(request, metadata, signal);
    } catch (error) {
      if (!isNotGranted(error, wanted)) throw error;
      const { detail = '' } = error;
      throw new UpbondAuthException('audience_not_granted', { detail, cause: error });
    }
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof UpbondAuthException && error.code === 'temporarily_unavailable';
}

/** OpenID Connect Core §12.2. */
function isOfSameUser(idToken: string, previous: string): boolean {
  const [now, before] = [decodeJwt(idToken), decodeJwt(previous)];
  return now.iss === before.iss && now.sub === before.sub;
}

function isNotGranted(
  error: unknown,
  { audience, scope }: WantedToken,
): error is UpbondAuthException {
  const isPlain = audience === undefined && scope.length === 0;
  return !isPlain && error instanceof UpbondAuthException && NOT_GRANTED.has(error.code);
}

/** The tokens after a refresh. What the answer does not bring stays: a refresh token can be used again. */
function renewed(
  held: HeldTokens,
  wanted: WantedToken,
  response: TokenResponse,
  { refreshNumber, now }: { refreshNumber: number; now: number },
): HeldTokens {
  const { refreshToken = held.tokenSet.refreshToken, idToken = held.tokenSet.idToken } = response;
  const got = tokenSetOf(response, now);
  const further: FurtherToken = {
    audience: wanted.audience,
    requestedScope: Object.freeze([...wanted.scope]),
    tokenSet: got,
  };
  const isPlain = wanted.audience === undefined && wanted.scope.length === 0;
  const isKept = !isPlain && !isForOthers(got, wanted);
  const others = held.furtherTokens.filter(
    (one) => !isFor(one, wanted) && (one.tokenSet.expiresAt ?? Infinity) > now,
  );
  return Object.freeze({
    tokenSet: withCompanions(isPlain ? got : held.tokenSet, refreshToken, idToken),
    furtherTokens: Object.freeze(isKept ? [...others, Object.freeze(further)] : others),
    refreshNumber,
  });
}

/** Servers that know no `audience` here answer with a token of the login: sent on, it could be used there. */
function isForOthers({ accessToken }: TokenSet, { audience }: WantedToken): boolean {
  return audience !== undefined && audiencesOf(accessToken)?.includes(audience) === false;
}

function tokenSetOf(
  { accessToken, tokenType, scope, expiresIn }: TokenResponse,
  now: number,
): TokenSet {
  const expiresAt = expiresIn === undefined ? undefined : now + expiresIn;
  return new TokenSet({ accessToken, tokenType, scope, receivedAt: now, expiresAt });
}

function withCompanions(
  { accessToken, tokenType, scope, receivedAt, expiresAt }: TokenSet,
  refreshToken: string | undefined,
  idToken: string | undefined,
): TokenSet {
  const own = { accessToken, tokenType, scope, receivedAt, expiresAt };
  return new TokenSet({ ...own, refreshToken, idToken });
}
