import { createHash } from 'node:crypto';
import type { UpbondAuthErrorCode } from '../errors/error-codes.js';
import { quoted, UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { claimTypeProblem, isNumericDate } from './claim-types.js';

type Claims = Readonly<Record<string, unknown>>;

/** What the claims are held against. */
export interface IdTokenExpectations {
  readonly acceptedIssuers: readonly string[];
  readonly clientId: string;
  /** The nonce of the transaction; without meaning for a token that a refresh brought. */
  readonly nonce: string;
  /** Claims of the ID token before, when a refresh brought this one. */
  readonly previous?: Claims | undefined;
  /** The access token that came with the ID token. */
  readonly accessToken: string;
  /** Signature algorithm of the ID token; decides the hash of `at_hash`. */
  readonly algorithm: string;
  /** Requested `max_age` in seconds. */
  readonly maxAge?: number | undefined;
  readonly leewaySeconds: number;
  /** Seconds since the epoch. */
  readonly now: number;
}

const MAX_SUBJECT = 255;
/** An ID token is made for this login; one from yesterday is a replay (OpenID Connect Core §3.1.3.7 (10)). */
const MAX_AGE_SECONDS = 3600;

/** Checks the claims of a signed ID token in the order of OpenID Connect Core §3.1.3.7. */
export function checkIdTokenClaims(claims: Claims, expected: IdTokenExpectations): void {
  checkIssuer(claims, expected);
  checkAudience(claims, expected);
  checkTimes(claims, expected);
  if (expected.previous) checkContinuity(claims, expected.previous);
  else checkNonce(claims, expected);
  checkSubject(claims);
  checkAccessTokenHash(claims, expected);
  checkAuthTime(claims, expected);
  // OpenID Connect Back-Channel Logout §2.4: a logout token is no ID token
  if (claims.events !== undefined)
    refuse('id_token_malformed', 'claim events marks a logout token');
}

function checkIssuer({ iss }: Claims, { acceptedIssuers }: IdTokenExpectations): void {
  if (typeof iss === 'string' && acceptedIssuers.includes(iss)) return;
  refuse('id_token_issuer_mismatch', `iss is ${quoted(iss)}, not ${acceptedIssuers.join(' or ')}`);
}

function checkAudience({ aud, azp }: Claims, { clientId }: IdTokenExpectations): void {
  if (aud === undefined) refuse('id_token_audience_missing', 'claim aud is missing');
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!audiences.every((one) => typeof one === 'string')) {
    refuse('id_token_malformed', 'claim aud must be a string or an array of strings');
  }
  // §3.1.3.7 (3): audiences that are not trusted by the client; we trust ourselves
  if (audiences.length !== 1 || audiences[0] !== clientId) {
    refuse('id_token_audience_mismatch', `aud is ${quoted(JSON.stringify(aud))}, not ${clientId}`);
  }
  if (azp !== undefined && azp !== clientId) {
    refuse('id_token_audience_mismatch', `azp is ${quoted(azp)}, not ${clientId}`);
  }
}

function checkTimes({ exp, iat, nbf }: Claims, expected: IdTokenExpectations): void {
  const { now, leewaySeconds, previous } = expected;
  if (!isNumericDate(exp) || !isNumericDate(iat) || (nbf !== undefined && !isNumericDate(nbf))) {
    refuse('id_token_malformed', 'claims exp and iat (and nbf) must be numbers of seconds');
  }
  // A refreshed one decides nothing; refusing it would lose the successor of the token that was spent
  if (previous) return;
  const isOver = exp <= now - leewaySeconds || iat < now - MAX_AGE_SECONDS - leewaySeconds;
  const isAhead = iat > now + leewaySeconds || (isNumericDate(nbf) && nbf > now + leewaySeconds);
  if (isOver || isAhead || exp <= iat) {
    refuse('id_token_expired', `iat ${iat}, exp ${exp} do not fit the clock here, ${now}`);
  }
}

function checkNonce({ nonce }: Claims, expected: IdTokenExpectations): void {
  if (nonce === undefined) refuse('id_token_nonce_missing', 'claim nonce is missing');
  if (nonce !== expected.nonce)
    refuse('id_token_nonce_mismatch', 'nonce is of another transaction');
}

/** OpenID Connect Core §12.2: what a refresh brings is about the same user, from the same issuer. */
function checkContinuity(claims: Claims, previous: Claims): void {
  if (claims.iss !== previous.iss) {
    refuse('id_token_issuer_mismatch', `iss is ${quoted(claims.iss)}, was ${quoted(previous.iss)}`);
  }
  if (claims.sub !== previous.sub) refuse('id_token_subject_mismatch', 'sub is of another user');
  if (claims.nonce !== undefined && claims.nonce !== previous.nonce) {
    refuse('id_token_nonce_mismatch', 'nonce is not that of the login');
  }
  if (claims.azp !== undefined && previous.azp !== undefined && claims.azp !== previous.azp) {
    refuse('id_token_audience_mismatch', 'azp is not that of the login');
  }
}

function checkSubject({ sub, ...claims }: Claims): void {
  // OpenID Connect Core §2: sub must not exceed 255 ASCII characters
  if (typeof sub !== 'string' || !/^[\x20-\x7e]+$/.test(sub) || sub.length > MAX_SUBJECT) {
    refuse('id_token_malformed', 'claim sub must be a string of 1 to 255 ASCII characters');
  }
  const problem = claimTypeProblem(claims);
  if (problem) refuse('id_token_malformed', problem);
}

/** OpenID Connect Core §3.1.3.6; optional in the code flow, but never wrong. */
function checkAccessTokenHash({ at_hash }: Claims, expected: IdTokenExpectations): void {
  if (at_hash === undefined) return;
  const algorithm = expected.algorithm.startsWith('Ed') ? 'sha512' : 'sha256';
  const digest = createHash(algorithm).update(expected.accessToken).digest();
  if (at_hash !== digest.subarray(0, digest.length / 2).toString('base64url')) {
    refuse('id_token_at_hash_mismatch', 'at_hash is of another access token');
  }
}

/** OpenID Connect Core §3.1.3.7 (13): asked for, it must be there and recent enough. */
function checkAuthTime({ auth_time }: Claims, expected: IdTokenExpectations): void {
  const { maxAge, now, leewaySeconds } = expected;
  if (auth_time !== undefined && !isNumericDate(auth_time)) {
    refuse('id_token_malformed', 'claim auth_time must be a number of seconds');
  }
  if (maxAge === undefined) return;
  if (!isNumericDate(auth_time) || auth_time + maxAge + leewaySeconds < now) {
    refuse('id_token_auth_time_refused', `auth_time is ${String(auth_time)}, max_age ${maxAge}`);
  }
}

function refuse(code: UpbondAuthErrorCode, detail: string): never {
  throw new UpbondAuthException(code, { detail: `ID token: ${detail}` });
}
