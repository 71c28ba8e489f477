import type { UpbondAuthConfig } from './upbond-auth-config.js';

type Keys = Pick<UpbondAuthConfig, 'oauthOnly' | 'idTokenSigningAlgorithms'>;
type Server = Keys & Pick<UpbondAuthConfig, 'endpoints' | 'issuer'>;

/** Whether ID tokens are verified with the server's public keys. */
export function needsKeys({ oauthOnly, idTokenSigningAlgorithms }: Keys): boolean {
  return !oauthOnly && !idTokenSigningAlgorithms.every((alg) => alg === 'HS256');
}

/** Whether something that a login needs has to be learned from the authorization server. */
export function needsMetadata(config: Server): boolean {
  const { authorizationEndpoint, tokenEndpoint, jwksUri } = config.endpoints;
  if (authorizationEndpoint === undefined || tokenEndpoint === undefined) return true;
  if (jwksUri === undefined && needsKeys(config)) return true;
  return config.issuer === undefined && !config.oauthOnly;
}
