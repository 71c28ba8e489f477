import type { ApiOptions } from './upbond-auth-options.js';
import { isRecord, type Settings } from './settings.js';
import { sortedScope } from './sorted-scope.js';
import { checkUrl } from './urls.js';
import { words } from './values.js';

/** A service that gets access tokens, as the library reads it. */
export interface Api {
  readonly origin: string;
  readonly audience: string | undefined;
  /** Sorted; everything that is granted when empty. */
  readonly scope: readonly string[];
}

const MEMBERS = new Set(['origin', 'audience', 'scope']);
const EXAMPLE = 'https://orders.example.com';

/** For whom access tokens may be had, and where they may be sent. */
export function apis(settings: Settings, allowInsecureHttp: boolean) {
  const known = list(settings, allowInsecureHttp);
  const named = known.flatMap(({ audience }) => audience ?? []);
  return {
    apis: known,
    audiences: [...new Set([...(words(settings, 'audiences') ?? []), ...named])],
  };
}

function list(settings: Settings, allowInsecureHttp: boolean): readonly Api[] {
  const value = settings.value('apis');
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every(isApi)) {
    settings.refuse(
      'apis',
      'must be a list of objects with origin, audience and scope.',
      `write [{ origin: '${EXAMPLE}', audience: 'https://orders' }].`,
    );
    return [];
  }
  const all = value.map(({ origin, audience, scope = [] }) => ({
    origin: originOf(settings, origin, allowInsecureHttp),
    audience,
    scope: sortedScope(scope),
  }));
  refuseTwins(settings, all);
  return all;
}

function isApi(value: unknown): value is ApiOptions {
  if (!isRecord(value) || !Object.keys(value).every((name) => MEMBERS.has(name))) return false;
  const { origin, audience, scope = [] } = value;
  const texts = [origin, audience ?? '', scope].flat() as unknown[];
  return texts.every((text) => typeof text === 'string') && audience !== '';
}

function originOf(settings: Settings, value: string, allowInsecureHttp: boolean): string {
  const url = checkUrl(settings, 'apis', value, { allowInsecureHttp, example: EXAMPLE });
  if (url !== undefined && url.origin !== value) {
    settings.refuse(
      'apis',
      'has an origin with something behind scheme, host and port.',
      `use ${url.origin}.`,
    );
  }
  return value;
}

function refuseTwins(settings: Settings, all: readonly Api[]): void {
  const origins = all.map(({ origin }) => origin);
  if (new Set(origins).size === origins.length) return;
  settings.refuse('apis', 'names an origin twice.', 'give each origin one audience.');
}
