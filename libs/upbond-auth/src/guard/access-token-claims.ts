import { quoted, UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { UpbondClaims } from '../options/upbond-auth-options.js';
import { isNumericDate } from '../tokens/claim-types.js';

/** Claims of an access token that was verified. */
export interface AccessTokenClaims extends UpbondClaims {
  /** Where the server did not say when an opaque token expires: when it is asked again. */
  readonly exp: number;
}

/** Login 3.0's own profile, or that of RFC 9068 (`typ` is `at+jwt`). */
export type AccessTokenProfile = 'login-3.0' | 'rfc9068';

/** What the claims of an access token are held against. */
export interface AccessTokenExpectations {
  readonly profile: AccessTokenProfile;
  readonly acceptedIssuers: readonly string[];
  /** Identifiers of this API. */
  readonly audiences: readonly string[];
  readonly clientId: string;
  /** Whether an ID token of this client will do. */
  readonly acceptsIdTokens: boolean;
  readonly leewaySeconds: number;
  /** Seconds since the epoch. */
  readonly now: number;
}

type Claims = Readonly<Record<string, unknown>>;

const MAX_STRING = 2048;
const MAX_SCOPE = 8192;
const MAX_SUBJECT = 255;
const MAX_AUDIENCES = 50;
const TEXTS = ['client_id', 'azp', 'jti', 'acr', 'sid', 'name', 'email'];
/** Claims of ID tokens alone (OpenID Connect Core §2 and §3.3.2.11). */
const ID_TOKEN_CLAIMS = ['nonce', 'at_hash', 'c_hash', 's_hash'];

/** Checks the claims of a signed access token (RFC 9068 §4). */
export function checkAccessTokenClaims(claims: Claims, expected: AccessTokenExpectations): void {
  const { iss, events } = claims;
  if (typeof iss !== 'string' || !expected.acceptedIssuers.includes(iss)) {
    refuseToken(`iss is ${quoted(iss)}, not ${expected.acceptedIssuers.join(' or ')}`);
  }
  // OpenID Connect Back-Channel Logout §2.4, RFC 8417 §2.2
  if (events !== undefined) refuseToken('claim events marks a token of another kind');
  checkAudience(claims, expected);
  checkTimes(claims, expected);
  checkTexts(claims);
  if (expected.profile === 'rfc9068') checkProfile(claims);
}

function checkAudience(claims: Claims, expected: AccessTokenExpectations): void {
  const { aud } = claims;
  const list: unknown[] = Array.isArray(aud) ? aud : [aud];
  if (list.length > MAX_AUDIENCES || !list.every((one) => typeof one === 'string')) {
    refuseToken('claim aud must be a string or an array of strings');
  }
  if (isForClient(claims, list, expected)) return;
  const mark = ID_TOKEN_CLAIMS.find((name) => claims[name] !== undefined);
  if (mark !== undefined || list.includes(expected.clientId)) {
    refuseToken(`it is an ID token: ${mark ?? 'aud'} says so`);
  }
  if (!list.some((one) => expected.audiences.includes(one as string))) {
    refuseToken(`aud is ${quoted(JSON.stringify(aud))}, not ${expected.audiences.join(' or ')}`);
  }
}

/** Whether it is an ID token of this very client, and that was allowed. */
function isForClient({ azp }: Claims, audiences: unknown[], expected: AccessTokenExpectations) {
  const { acceptsIdTokens, clientId, profile } = expected;
  if (!acceptsIdTokens || profile !== 'login-3.0') return false;
  const isAuthorizedParty = azp === undefined || azp === clientId;
  return audiences.length === 1 && audiences[0] === clientId && isAuthorizedParty;
}

function checkTimes({ exp, iat, nbf, auth_time }: Claims, expected: AccessTokenExpectations): void {
  const { now, leewaySeconds } = expected;
  const optional = [iat, nbf, auth_time].filter((time) => time !== undefined);
  if (!isNumericDate(exp) || !optional.every(isNumericDate)) {
    refuseToken('claims exp, iat, nbf and auth_time must be numbers of seconds');
  }
  if (exp <= now - leewaySeconds) refuseToken(`it expired at ${exp}; the clock here says ${now}`);
  const isAhead = [iat, nbf].some((time) => isNumericDate(time) && time > now + leewaySeconds);
  if (isAhead || (isNumericDate(iat) && exp <= iat)) {
    refuseToken(`iat ${String(iat)}, nbf ${String(nbf)} do not fit the clock here, ${now}`);
  }
}

function checkTexts(claims: Claims): void {
  const { sub, scope } = claims;
  if (typeof sub !== 'string' || sub === '' || sub.length > MAX_SUBJECT) {
    refuseToken('claim sub must be a string of 1 to 255 characters');
  }
  if (scope !== undefined && (typeof scope !== 'string' || scope.length > MAX_SCOPE)) {
    refuseToken('claim scope must be a string of values with spaces between them');
  }
  for (const name of TEXTS) {
    const value = claims[name];
    const isFine = typeof value === 'string' && value.length <= MAX_STRING;
    if (value !== undefined && value !== null && !isFine) {
      refuseToken(`claim ${name} must be a string of at most ${MAX_STRING} characters`);
    }
  }
}

/** RFC 9068 §2.2: iss, exp, aud and sub are asked of every token; these on top. */
function checkProfile(claims: Claims): void {
  const { client_id, jti, iat } = claims;
  const isComplete = [client_id, jti].every((value) => typeof value === 'string' && value !== '');
  if (!isComplete || iat === undefined) refuseToken('an at+jwt needs client_id, jti and iat');
}

/** Refuses a token; the reason is for the log alone. */
export function refuseToken(reason: string, cause?: unknown): never {
  throw new UpbondAuthException('invalid_token', { detail: `access token: ${reason}`, cause });
}
