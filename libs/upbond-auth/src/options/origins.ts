import type { Settings } from './settings.js';
import { checkUrl } from './urls.js';
import { oneOf, words } from './values.js';

const EXAMPLE = 'https://admin.example.com';

/** The application's own origin first, then the other ones whose pages may send requests. */
export function allowedOrigins(
  settings: Settings,
  redirectUri: string | undefined,
  allowInsecureHttp: boolean,
): string[] {
  const own = redirectUri === undefined ? [] : [new URL(redirectUri).origin];
  const others = words(settings, 'allowedOrigins') ?? [];
  for (const origin of others) refuseUnlessOrigin(settings, origin, allowInsecureHttp);
  return [...own, ...others];
}

/** A pattern or a path would never equal what a browser sends (RFC 6454 §6.2). */
function refuseUnlessOrigin(settings: Settings, value: string, allowInsecureHttp: boolean): void {
  const rules = { allowInsecureHttp, example: EXAMPLE };
  const url = checkUrl(settings, 'allowedOrigins', value, rules);
  if (url === undefined || url.origin === value) return;
  settings.refuse(
    'allowedOrigins',
    'has an entry that is not spelled as an origin: scheme, host and port, nothing after them.',
    `use ${url.origin}.`,
  );
}

/** The default URL after a logout, then the other ones that a logout may ask for. */
export function allowedPostLogoutRedirectUris(
  settings: Settings,
  postLogoutRedirectUri: string | undefined,
  allowInsecureHttp: boolean,
): string[] {
  const others = words(settings, 'allowedPostLogoutRedirectUris') ?? [];
  const rules = { allowInsecureHttp, example: 'https://app.example.com/goodbye' };
  for (const uri of others) checkUrl(settings, 'allowedPostLogoutRedirectUris', uri, rules);
  return [...(postLogoutRedirectUri === undefined ? [] : [postLogoutRedirectUri]), ...others];
}

/** A cross-site post carries only cookies that are SameSite=None, and those have to be Secure. */
export function responseMode(settings: Settings, redirectUri: string | undefined) {
  const mode = oneOf(settings, 'responseMode', ['query', 'form_post']);
  if (mode !== 'form_post' || redirectUri?.startsWith('https:') !== false) return mode;
  return settings.refuse(
    'responseMode',
    'is form_post, which needs an https redirect URI: browsers send cookies with it only when they are Secure.',
    'use https, or leave responseMode out.',
  );
}
