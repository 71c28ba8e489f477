import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { isTransportAllowed } from '../options/urls.js';

/** Login 3.0's documented paths, used when it publishes no metadata. */
export function documentedEndpoints(domain: string) {
  return {
    authorization_endpoint: `${domain}/authorize`,
    token_endpoint: `${domain}/oauth/token`,
    jwks_uri: `${domain}/.well-known/jwks.json`,
    userinfo_endpoint: `${domain}/userinfo`,
    revocation_endpoint: `${domain}/oauth/revoke`,
  } as const;
}

const LONGEST_URL = 2048;

/** Whether a value that the authorization server names may be used as an endpoint. */
export function isUsableEndpoint(
  value: unknown,
  { allowInsecureHttp }: Pick<UpbondAuthConfig, 'allowInsecureHttp'>,
): value is string {
  // WHATWG URL drops white space and control characters: what was checked must be what is used
  if (typeof value !== 'string' || !/^https?:\/\/[\x21-\x7e]+$/.test(value)) return false;
  // RFC 6749 §3.1 and §3.2: an endpoint has no fragment
  if (value.length > LONGEST_URL || value.includes('#') || !URL.canParse(value)) return false;
  const url = new URL(value);
  if (url.username || url.password) return false;
  return isTransportAllowed(url, allowInsecureHttp);
}
