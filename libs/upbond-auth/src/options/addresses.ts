import { DEFAULTS } from './defaults.js';
import { domain, issuer } from './domain.js';
import { endpoints } from './endpoints.js';
import { allowedOrigins, allowedPostLogoutRedirectUris, responseMode } from './origins.js';
import { defaultReturnTo, publicBasePath, refuseReturnToRoutes, routes } from './paths.js';
import { postLogoutRedirectUri, redirectUri } from './redirect-uri.js';
import type { Settings } from './settings.js';

/** Where the authorization server is. */
export function serverAddresses(
  settings: Settings,
  { allowInsecureHttp, oauthOnly }: { allowInsecureHttp: boolean; oauthOnly: boolean },
) {
  return {
    domain: domain(settings, allowInsecureHttp),
    issuer: issuer(settings, allowInsecureHttp),
    endpoints: endpoints(settings, allowInsecureHttp, oauthOnly),
  };
}

/** Where the application itself is, as the browser sees it. */
export function ownAddresses(settings: Settings, allowInsecureHttp: boolean, name: string) {
  const paths = routes(settings, name);
  const basePath = publicBasePath(settings);
  const takenPaths = Object.values(paths).map((path) => path && `${basePath ?? ''}${path}`);
  const context = { allowInsecureHttp, basePath, takenPaths };
  const callback = redirectUri(settings, context);
  const url = callback === undefined ? undefined : new URL(callback);
  const returnTo = defaultReturnTo(settings, basePath ?? '');
  refuseReturnToRoutes(settings, returnTo, [...takenPaths, url?.pathname]);
  const afterLogout = postLogoutRedirectUri(settings, callback, context);
  return {
    redirectUri: callback,
    responseMode: responseMode(settings, callback) ?? DEFAULTS.responseMode,
    postLogoutRedirectUri: afterLogout,
    allowedPostLogoutRedirectUris: allowedPostLogoutRedirectUris(
      settings,
      afterLogout,
      allowInsecureHttp,
    ),
    allowedOrigins: allowedOrigins(settings, callback, allowInsecureHttp),
    secureCookies: url?.protocol === 'https:',
    routes: paths,
    publicBasePath: basePath,
    defaultReturnTo: returnTo,
  };
}
