import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { JsonObject } from './json.js';

/** A token response whose every member is checked (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3). */
export interface TokenResponse {
  readonly accessToken: string;
  readonly tokenType: 'Bearer';
  readonly refreshToken: string | undefined;
  /** Not verified yet. */
  readonly idToken: string | undefined;
  /** What was granted; what was asked for when the answer does not say. */
  readonly scope: readonly string[];
  /** Lifetime of the access token in seconds, when the answer says so. */
  readonly expiresIn: number | undefined;
}

const LONGEST_TOKEN = 16 * 1024;
const LONGEST_LIFETIME_SECONDS = 10 * 365 * 86_400;

/** Checks a successful token response; throws `token_response_invalid`. */
export function checkTokenResponse(
  json: JsonObject,
  requestedScope: readonly string[],
): TokenResponse {
  return Object.freeze({
    accessToken: token(json, 'access_token'),
    tokenType: bearer(json['token_type']),
    refreshToken: optionalToken(json, 'refresh_token'),
    idToken: optionalToken(json, 'id_token'),
    scope: grantedScope(json['scope'], requestedScope),
    expiresIn: lifetime(json['expires_in']),
  });
}

// RFC 6749 A.12, without the space, which the header of RFC 6750 §2.1 could not carry
function token(json: JsonObject, name: string): string {
  const value = json[name];
  if (typeof value !== 'string') return refuse(`${name} is not a string`);
  if (value.length > LONGEST_TOKEN) return refuse(`${name} is longer than ${LONGEST_TOKEN}`);
  return /^[\x21-\x7e]+$/.test(value) ? value : refuse(`${name} is empty or not printable ASCII`);
}

// Serializers write `null` for a token that was not given
function optionalToken(json: JsonObject, name: string): string | undefined {
  return json[name] === undefined || json[name] === null ? undefined : token(json, name);
}

// RFC 6749 §7.1: a client must not use a token whose type it does not understand
function bearer(value: unknown): 'Bearer' {
  if (typeof value === 'string' && value.toLowerCase() === 'bearer') return 'Bearer';
  return refuse('token_type is not Bearer');
}

// RFC 6749 §3.3 and §5.1
function grantedScope(value: unknown, requested: readonly string[]): readonly string[] {
  if (value === undefined) return Object.freeze([...requested]);
  if (typeof value !== 'string') return refuse('scope is not a string');
  if (value.length > LONGEST_TOKEN) return refuse('scope is too long');
  const scope = [...new Set(value.split(' ').filter(Boolean))];
  const isValid = scope.every((name) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(name));
  return isValid ? Object.freeze(scope) : refuse('scope has a character that is not allowed');
}

// RFC 6749 A.14 has digits only; some servers send them as a string
function lifetime(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const isDigits = typeof value === 'string' && /^\d{1,10}$/.test(value);
  const seconds = isDigits ? Number(value) : value;
  if (typeof seconds !== 'number' || !Number.isSafeInteger(seconds)) {
    return refuse('expires_in is not a whole number of seconds');
  }
  const isPlausible = seconds >= 0 && seconds <= LONGEST_LIFETIME_SECONDS;
  return isPlausible ? seconds : refuse('expires_in is negative or longer than ten years');
}

function refuse(detail: string): never {
  throw new UpbondAuthException('token_response_invalid', { detail });
}
