/** How often each endpoint was called since the start; for tests. */
export interface UpbondEmulatorCounters {
  /** Requests to `/authorize`. */
  authorizationRequests: number;
  /** Requests to `/oauth/token`, of any grant type. */
  tokenRequests: number;
  /** Requests to `/oauth/token` with `grant_type=refresh_token`. */
  refreshRequests: number;
  /** Refresh tokens that came again after rotation had replaced them; each revoked its grant. */
  refreshTokenReuses: number;
  /** Requests to `/oauth/token` with `grant_type=client_credentials`. */
  clientCredentialsRequests: number;
  /** Requests to `/oauth/revoke`. */
  revocationRequests: number;
  /** Requests to `/userinfo`. */
  userinfoRequests: number;
  /** Requests to `/.well-known/jwks.json`. */
  jwksRequests: number;
  /** Requests to a discovery document. */
  discoveryRequests: number;
  /** Requests to `/v2/logout`. */
  logoutRequests: number;
  /** Logout tokens that a client accepted. */
  backchannelLogouts: number;
}

export function newCounters(): UpbondEmulatorCounters {
  return {
    authorizationRequests: 0,
    tokenRequests: 0,
    refreshRequests: 0,
    refreshTokenReuses: 0,
    clientCredentialsRequests: 0,
    revocationRequests: 0,
    userinfoRequests: 0,
    jwksRequests: 0,
    discoveryRequests: 0,
    logoutRequests: 0,
    backchannelLogouts: 0,
  };
}

const counterByPath: Readonly<Record<string, keyof UpbondEmulatorCounters>> = {
  '/authorize': 'authorizationRequests',
  '/oauth/token': 'tokenRequests',
  '/oauth/revoke': 'revocationRequests',
  '/userinfo': 'userinfoRequests',
  '/.well-known/jwks.json': 'jwksRequests',
  '/.well-known/openid-configuration': 'discoveryRequests',
  '/.well-known/oauth-authorization-server': 'discoveryRequests',
  '/v2/logout': 'logoutRequests',
};

export function countRequest(counters: UpbondEmulatorCounters, path: string): void {
  const counter = counterByPath[path];
  if (counter !== undefined) counters[counter] += 1;
}

export function countGrantType(counters: UpbondEmulatorCounters, grantType: string | null): void {
  if (grantType === 'refresh_token') counters.refreshRequests += 1;
  if (grantType === 'client_credentials') counters.clientCredentialsRequests += 1;
}
