import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';

/**
 * The URL that ends the session at Login 3.0 and comes back:
 * `/v2/logout?client_id=…&returnTo=…`. It needs no answer from the authorization server, so a logout
 * works while that is down.
 */
export function logoutUrl(config: UpbondAuthConfig): string {
  const url = new URL(config.endpoints.logoutEndpoint ?? `${config.domain}/v2/logout`);
  url.searchParams.set('client_id', config.clientId);
  url.searchParams.set('returnTo', config.postLogoutRedirectUri);
  return url.href;
}
