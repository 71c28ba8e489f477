import { DEFAULTS } from './defaults.js';
import type { Settings } from './settings.js';
import type { IdTokenSigningAlgorithm } from './upbond-auth-options.js';
import { alternatives, words } from './values.js';

const PATH = 'idTokenSigningAlgorithms';
const MIN_HS256_BYTES = 32;

/** Accepted signature algorithms of ID tokens. */
export function idTokenSigningAlgorithms(
  settings: Settings,
  clientSecrets: readonly string[] | undefined,
  oauthOnly: boolean,
): readonly IdTokenSigningAlgorithm[] | undefined {
  if (settings.value(PATH) === undefined) return DEFAULTS.idTokenSigningAlgorithms;
  const values = words(settings, PATH)
    ?.flatMap((word) => word.split(','))
    .filter(Boolean);
  if (values === undefined) return undefined;
  if (values.length > 0 && values.every(isKnown)) {
    if (values.includes('HS256') && !oauthOnly) refuseHs256(settings, values, clientSecrets);
    return [...new Set(values)];
  }
  const known = alternatives(DEFAULTS.idTokenSigningAlgorithms);
  const problem = values.length === 0 ? 'is empty.' : unknownMessage(values);
  return settings.refuse(PATH, problem, `use ${known}; or HS256 alone.`);
}

function isKnown(value: string): value is IdTokenSigningAlgorithm {
  return value === 'HS256' || DEFAULTS.idTokenSigningAlgorithms.some((known) => known === value);
}

function unknownMessage(values: readonly string[]): string {
  return values.some((value) => value.toLowerCase() === 'none')
    ? 'contains none: an ID token without a signature proves nothing.'
    : 'contains an algorithm that is not supported.';
}

// One key type per verifier: a public key must never be usable as an HMAC secret (RFC 8725 §3.1).
function refuseHs256(
  settings: Settings,
  values: readonly string[],
  clientSecrets: readonly string[] | undefined,
): void {
  if (values.some((value) => value !== 'HS256')) {
    settings.refuse(PATH, 'combines HS256 with others.', 'use HS256 alone, or leave it out.');
  }
  const lengths = (clientSecrets ?? []).map((secret) => Buffer.byteLength(secret, 'utf8'));
  const bytes = lengths.length === 0 ? 0 : Math.min(...lengths);
  if (bytes >= MIN_HS256_BYTES) return;
  settings.refuse(
    PATH,
    // RFC 7518 §3.2
    `contains HS256, which needs a client secret of at least ${MIN_HS256_BYTES} bytes${bytes === 0 ? '' : `; this one has ${bytes}`}.`,
    `leave HS256 out, or set ${settings.label('clientSecret')} to a longer secret issued by UPBOND.`,
  );
}
