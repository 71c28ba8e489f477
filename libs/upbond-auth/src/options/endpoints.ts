import type { Settings } from './settings.js';
import { httpUrl } from './urls.js';

/** Endpoints that replace the ones in the metadata. */
export function endpoints(settings: Settings, allowInsecureHttp: boolean, oauthOnly: boolean) {
  const url = (name: Parameters<typeof endpoint>[1]) => endpoint(settings, name, allowInsecureHttp);
  if (oauthOnly && settings.value('endpoints.userinfoEndpoint') === undefined) {
    settings.refuse(
      'endpoints.userinfoEndpoint',
      'is not set, although dangerouslyAllowOAuthOnly is: without an ID token only this endpoint can say who signed in.',
      `set it to an absolute URL, or do not set ${settings.label('dangerouslyAllowOAuthOnly')}.`,
    );
  }
  return {
    authorizationEndpoint: url('authorizationEndpoint'),
    tokenEndpoint: url('tokenEndpoint'),
    jwksUri: url('jwksUri'),
    userinfoEndpoint: url('userinfoEndpoint'),
    revocationEndpoint: url('revocationEndpoint'),
    introspectionEndpoint: url('introspectionEndpoint'),
    logoutEndpoint: url('logoutEndpoint'),
  };
}

const PATHS = {
  authorizationEndpoint: '/authorize',
  tokenEndpoint: '/oauth/token',
  jwksUri: '/.well-known/jwks.json',
  userinfoEndpoint: '/userinfo',
  revocationEndpoint: '/oauth/revoke',
  introspectionEndpoint: '/oauth/introspect',
  logoutEndpoint: '/v2/logout',
};

function endpoint(settings: Settings, name: keyof typeof PATHS, allowInsecureHttp: boolean) {
  const example = `https://login.example.com${PATHS[name]}`;
  return httpUrl(settings, `endpoints.${name}`, { allowInsecureHttp, example });
}
