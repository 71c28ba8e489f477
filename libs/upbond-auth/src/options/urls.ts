import type { OptionPath } from './environment.js';
import type { Settings } from './settings.js';
import { text } from './values.js';

/** What the rules for a URL depend on. */
export interface UrlRules {
  /** Whether `http:` is allowed outside loopback. */
  readonly allowInsecureHttp: boolean;
  /** A good value, for the fix. */
  readonly example: string;
}

/**
 * Whether a host name, as `URL` writes it, always means this machine.
 * @see RFC 6761 §6.3, RFC 1122 §3.2.1.3 (g), RFC 4291 §2.5.3
 */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

/** Whether a URL is https, or http where nobody else can read it or where that was allowed. */
export function isTransportAllowed(url: URL, allowInsecureHttp: boolean): boolean {
  if (url.protocol === 'https:') return true;
  return url.protocol === 'http:' && (allowInsecureHttp || isLoopback(url.hostname));
}

/** An absolute http(s) URL, byte for byte as it was given. */
export function httpUrl(settings: Settings, path: OptionPath, rules: UrlRules): string | undefined {
  const value = text(settings, path);
  return value !== undefined && checkUrl(settings, path, value, rules) ? value : undefined;
}

/** Parses a URL that belongs to a setting and notes the first rule that it breaks. */
export function checkUrl(
  settings: Settings,
  path: OptionPath,
  value: string,
  { allowInsecureHttp, example }: UrlRules,
): URL | undefined {
  const malformation = malformationOf(value);
  if (malformation) return settings.refuse(path, `${malformation}.`, `write it like ${example}.`);
  const url = new URL(value);
  if (isTransportAllowed(url, allowInsecureHttp)) return url;
  return settings.refuse(
    path,
    `uses http for ${url.host}, which is not this machine: codes and cookies could be read on the way.`,
    `use https. Only on a network that you trust, set ${settings.label('allowInsecureHttp')} to true.`,
  );
}

// Values are not quoted: one that breaks these rules could hold a password.
function malformationOf(value: string): string | undefined {
  if (/\s/.test(value)) return 'contains white space';
  // `URL` would repair `https:host` and `https:///host`.
  if (!/^https?:\/\/[^/\\]/i.test(value) || !URL.canParse(value)) {
    return 'is not an absolute URL that starts with https:// or http://';
  }
  if (/^https?:\/\/[^/\\?#]*@/i.test(value)) return 'contains a user name or password';
  if (!/^([a-z0-9._-]+|\[[0-9a-f:.]+\])$/.test(new URL(value).hostname)) {
    return 'has no valid host name (is a placeholder left in it?)';
  }
  return value.includes('#') ? 'contains a fragment (#)' : undefined;
}
