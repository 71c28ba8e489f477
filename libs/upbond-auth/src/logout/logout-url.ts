import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';

/** What the URL of a logout depends on. */
export interface LogoutTarget {
  /** From the metadata, when the server publishes one. */
  readonly endSessionEndpoint: string | undefined;
  /** ID token of the session that has ended. */
  readonly idToken: string | undefined;
  /** Where the browser comes back to; already checked. */
  readonly returnTo: string;
}

type LogoutConfig = Pick<UpbondAuthConfig, 'clientId' | 'domain'> & {
  readonly endpoints: Pick<UpbondAuthConfig['endpoints'], 'logoutEndpoint'>;
};

/** With a longer hint proxies and servers, which stop at 8 kB, would refuse the whole request. */
const LONGEST_HINT = 4096;

/**
 * The URL that ends the session at the authorization server and comes back: its
 * `end_session_endpoint` where the metadata has one, else Login 3.0's documented `/v2/logout`. An
 * endpoint that the application configures wins.
 * @see OpenID Connect RP-Initiated Logout 1.0 §2
 */
export function logoutUrl(config: LogoutConfig, target: LogoutTarget): string {
  const { logoutEndpoint } = config.endpoints;
  if (logoutEndpoint !== undefined || target.endSessionEndpoint === undefined) {
    const endpoint = logoutEndpoint ?? `${config.domain}/v2/logout`;
    return withQuery(endpoint, { client_id: config.clientId, returnTo: target.returnTo });
  }
  const { idToken, returnTo } = target;
  return withQuery(target.endSessionEndpoint, {
    ...(idToken !== undefined && idToken.length <= LONGEST_HINT && { id_token_hint: idToken }),
    client_id: config.clientId,
    post_logout_redirect_uri: returnTo,
  });
}

/** The wanted page if it is on the list, compared as a string, else the usual one. */
export function postLogoutPage(
  config: Pick<UpbondAuthConfig, 'allowedPostLogoutRedirectUris' | 'postLogoutRedirectUri'>,
  wanted: string | undefined,
): string {
  const allowed = config.allowedPostLogoutRedirectUris.find((uri) => uri === wanted);
  return allowed ?? config.postLogoutRedirectUri;
}

function withQuery(endpoint: string, parameters: Record<string, string>): string {
  const url = new URL(endpoint);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}
