import type {
  AccessTokenSigningAlgorithm,
  ClientAssertionAudience,
  ClientAuthenticationMethod,
  IdTokenSigningAlgorithm,
  OpaqueAccessTokens,
} from './upbond-auth-options.js';

/** Algorithms whose keys come from the authorization server's key set. */
const ASYMMETRIC: AccessTokenSigningAlgorithm[] = ['RS256', 'PS256', 'ES256', 'EdDSA'];

/** Defaults that are fixed; the others are computed from the redirect URI and the base path. */
export const DEFAULTS = {
  domain: 'https://auth3.upbond.io',
  scope: ['openid', 'profile', 'email'],
  clientAuthentication: 'client_secret_post' as ClientAuthenticationMethod,
  clientAssertionAudience: 'issuer' as ClientAssertionAudience,
  idTokenSigningAlgorithms: ASYMMETRIC as IdTokenSigningAlgorithm[],
  accessTokenSigningAlgorithms: ASYMMETRIC,
  opaqueAccessTokens: 'refuse' as OpaqueAccessTokens,
  opaqueAccessTokenCacheSeconds: 60,
  rolesClaim: ['roles'],
  permissionsClaim: ['permissions'],
  leewaySeconds: 60,
  deadlineSeconds: 5,
  transactionLifetimeSeconds: 600,
  sessionLifetimeSeconds: 7 * 24 * 60 * 60,
  sessionIdleSeconds: 24 * 60 * 60,
  responseMode: 'query' as const,
  loginPath: '/login',
  logoutPath: '/logout',
  backchannelLogoutPath: '/backchannel-logout',
  protectedResourceMetadataPath: '/.well-known/oauth-protected-resource',
} as const;
