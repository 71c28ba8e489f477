import { quoted, UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { isNumericDate } from '../tokens/claim-types.js';

/** What the claims are held against. */
export interface LogoutTokenExpectations {
  readonly acceptedIssuers: readonly string[];
  readonly clientId: string;
  readonly leewaySeconds: number;
  /** Seconds since the epoch. */
  readonly now: number;
}

/** The checked claims that decide whom a logout token signs out. */
export interface LogoutTokenClaims {
  readonly iss: string;
  /** When the token was made, by the clock of the authorization server. */
  readonly iat: number;
  readonly jti: string;
  readonly sub: string | undefined;
  readonly sid: string | undefined;
}

type Claims = Readonly<Record<string, unknown>>;

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const MAX_STRING = 2048;
const MAX_SUBJECT = 255;
/** A logout token is made for this moment; an older one is a replay that outlived its memory. */
const MAX_AGE_SECONDS = 300;

/**
 * How long a `jti` has to be remembered: as long as its token could be accepted, which starts when
 * `iat` is a leeway ahead of our clock.
 */
export function logoutTokenMemorySeconds(leewaySeconds: number): number {
  return MAX_AGE_SECONDS + 2 * leewaySeconds + 1;
}

/** Checks the claims of a signed logout token in the order of Back-Channel Logout 1.0 §2.6. */
export function checkLogoutTokenClaims(
  claims: Claims,
  expected: LogoutTokenExpectations,
): LogoutTokenClaims {
  const iss = checkedIssuer(claims, expected);
  checkAudience(claims, expected);
  const iat = checkedIssueTime(claims, expected);
  const sub = optionalText(claims, 'sub', MAX_SUBJECT);
  const sid = optionalText(claims, 'sid', MAX_STRING);
  if (sub === undefined && sid === undefined) refuse('neither sub nor sid says whom it is about');
  checkEvent(claims);
  // An own member, whatever its value: an ID token must never be taken for a logout token
  if (Object.hasOwn(claims, 'nonce')) refuse('claim nonce is prohibited');
  const jti = optionalText(claims, 'jti', MAX_STRING) ?? refuse('claim jti is missing');
  return { iss, iat, jti, sub, sid };
}

function checkedIssuer({ iss }: Claims, { acceptedIssuers }: LogoutTokenExpectations): string {
  if (typeof iss === 'string' && acceptedIssuers.includes(iss)) return iss;
  return refuse(`iss is ${quoted(iss)}, not ${acceptedIssuers.join(' or ')}`);
}

// As for an ID token, OpenID Connect Core §3.1.3.7 (3): no audience besides us
function checkAudience({ aud }: Claims, { clientId }: LogoutTokenExpectations): void {
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud];
  if (audiences.length === 1 && audiences[0] === clientId) return;
  refuse(`aud is ${quoted(JSON.stringify(aud))}, not ${clientId}`);
}

function checkedIssueTime({ iat, exp, nbf }: Claims, expected: LogoutTokenExpectations): number {
  const { now, leewaySeconds } = expected;
  if (!isNumericDate(iat) || !isNumericDate(exp) || (nbf !== undefined && !isNumericDate(nbf))) {
    return refuse('claims iat and exp (and nbf) must be numbers of seconds');
  }
  const isOver = exp <= now - leewaySeconds || iat < now - MAX_AGE_SECONDS - leewaySeconds;
  const isAhead = iat > now + leewaySeconds || (isNumericDate(nbf) && nbf > now + leewaySeconds);
  if (!isOver && !isAhead && exp > iat) return iat;
  return refuse(`iat ${iat}, exp ${exp} do not fit the clock here, ${now}`);
}

// §2.4: the value of the member must be an object, and should be an empty one
function checkEvent({ events }: Claims): void {
  if (!isObject(events) || !Object.hasOwn(events, EVENT) || !isObject(events[EVENT])) {
    refuse(`claim events has no object at ${EVENT}`);
  }
}

function optionalText(claims: Claims, name: string, maxLength: number): string | undefined {
  const value = claims[name];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '' && value.length <= maxLength) return value;
  return refuse(`claim ${name} must be a string of 1 to ${maxLength} characters`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(detail: string): never {
  throw new UpbondAuthException('logout_token_invalid', { detail: `logout token: ${detail}` });
}
