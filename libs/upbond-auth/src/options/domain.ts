import { DEFAULTS } from './defaults.js';
import type { Settings } from './settings.js';
import { checkUrl, httpUrl, isLoopback } from './urls.js';
import { text } from './values.js';

/** The Login 3.0 domain as an origin (and path, for tenants), without a slash at the end. */
export function domain(settings: Settings, allowInsecureHttp: boolean): string | undefined {
  if (settings.value('domain') === undefined) return DEFAULTS.domain;
  const value = text(settings, 'domain');
  if (value === undefined) return undefined;
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(value);
  const rules = { allowInsecureHttp, example: DEFAULTS.domain };
  const url = checkUrl(settings, 'domain', hasScheme ? value : `https://${value}`, rules);
  if (url === undefined) return undefined;
  if (url.href.includes('?')) {
    return settings.refuse('domain', 'contains a query.', `write it like ${DEFAULTS.domain}.`);
  }
  return hasScheme || !isLoopback(url.hostname)
    ? withoutSlash(url)
    : refuseBareLoopback(settings, url);
}

function withoutSlash(url: URL): string {
  return url.origin + url.pathname.replace(/\/+$/, '');
}

function refuseBareLoopback(settings: Settings, url: URL): undefined {
  const address = withoutSlash(url).replace('https:', 'http:');
  return settings.refuse(
    'domain',
    'is on this machine but does not say whether it speaks http or https.',
    `write the scheme too, such as ${address}.`,
  );
}

/**
 * The issuer, byte for byte, because ID tokens are compared with it byte for byte.
 * @see OpenID Connect Discovery §3, OpenID Connect Core §3.1.3.7 (2)
 */
export function issuer(settings: Settings, allowInsecureHttp: boolean): string | undefined {
  const rules = { allowInsecureHttp, example: `${DEFAULTS.domain}/` };
  const value = httpUrl(settings, 'issuer', rules);
  if (!value?.includes('?')) return value;
  return settings.refuse('issuer', 'contains a query.', `write it like ${rules.example}.`);
}
