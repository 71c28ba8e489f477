import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { PROTOCOL_PARAMETERS } from '../options/protocol-parameters.js';
import { single } from '../exchange/exchange.js';

/**
 * The only parameters that a browser may hand through the login route to the authorization request
 * (OpenID Connect Core §3.1.2.1, and Login 3.0's `connection` and `screen_hint`).
 */
const FROM_BROWSER = [
  'prompt',
  'login_hint',
  'ui_locales',
  'screen_hint',
  'connection',
  'max_age',
  'acr_values',
] as const;

const MAX_LENGTH = 512;
const MAX_AGE = /^\d{1,9}$/;

/** Parameters of an authorization request besides the protocol's own. */
export type AuthorizationParameters = Readonly<Record<string, string>>;

/** Picks the allowed parameters out of the login route's query; everything else is ignored. */
export function parametersFromBrowser(query: URLSearchParams): AuthorizationParameters {
  const picked: Record<string, string> = {};
  if (query.size === 0) return picked;
  for (const name of FROM_BROWSER) {
    if (!query.has(name)) continue;
    const value = single(query, name);
    // RFC 6749 §3.1: a parameter must not be included more than once
    if (value === undefined || value.length > MAX_LENGTH || !isPlainText(value)) {
      throw new UpbondAuthException('invalid_request', {
        detail: `login route: parameter ${name} was sent twice, is too long or not plain text`,
      });
    }
    // RFC 6749 §3.1: a parameter without a value is treated as if it were omitted
    if (value !== '') picked[name] = value;
  }
  if (picked.max_age !== undefined) requireMaxAge(picked.max_age);
  return picked;
}

/** Refuses what the application must not set, a mistake in its code; leaves out what is undefined. */
export function parametersFromApplication(
  parameters: Readonly<Record<string, string | undefined>>,
): AuthorizationParameters {
  const picked: Record<string, string> = {};
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue;
    if (PROTOCOL_PARAMETERS.has(name)) {
      throw new TypeError(`authorizationParameters: "${name}" is for the protocol only`);
    }
    if (typeof value !== 'string') {
      throw new TypeError(`authorizationParameters: "${name}" must be a string`);
    }
    picked[name] = value;
  }
  if (picked.max_age !== undefined && !MAX_AGE.test(picked.max_age)) {
    throw new TypeError('authorizationParameters: "max_age" must be a number of seconds');
  }
  return picked;
}

/** The requested `max_age` in seconds, if there is one (OpenID Connect Core §3.1.2.1). */
export function maxAgeOf(parameters: AuthorizationParameters): number | undefined {
  return parameters.max_age === undefined ? undefined : Number(parameters.max_age);
}

function requireMaxAge(value: string): void {
  if (!MAX_AGE.test(value)) {
    throw new UpbondAuthException('invalid_request', {
      detail: 'max_age must be a number of seconds',
    });
  }
}

function isPlainText(value: string): boolean {
  return !/[\p{Cc}\p{Cs}]/u.test(value);
}
