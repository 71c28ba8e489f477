import { errors, type JWTPayload } from 'jose';

/** The greatest time that a `Date` can hold (ECMA-262 §21.4.1.1). */
const LAST_SECOND = 8_640_000_000_000;

/**
 * Whether a token is valid by its `nbf` and `exp`, where it has them (RFC 7519 §4.1.4 and §4.1.5).
 *
 * The errors carry none of the claims, the nonce and the user's e-mail address among them: they become
 * the cause of ours, and go into logs.
 *
 * @param at seconds since the epoch
 * @throws errors.JWTExpired, errors.JWTClaimValidationFailed of `jose`
 */
export function checkTimes(claims: JWTPayload, at: number, leewaySeconds: number): void {
  if (!(Math.abs(at) <= LAST_SECOND)) throw new TypeError('there is no such time');
  const now = Math.floor(at);
  timeOf(claims, 'iat');
  const nbf = timeOf(claims, 'nbf');
  if (nbf !== undefined && nbf > now + leewaySeconds) {
    throw new errors.JWTClaimValidationFailed('"nbf" is ahead', {}, 'nbf', 'check_failed');
  }
  const exp = timeOf(claims, 'exp');
  if (exp !== undefined && exp <= now - leewaySeconds) {
    throw new errors.JWTExpired('"exp" is over', {}, 'exp', 'check_failed');
  }
}

function timeOf(claims: JWTPayload, name: 'iat' | 'nbf' | 'exp'): number | undefined {
  const value: unknown = claims[name];
  if (value === undefined || typeof value === 'number') return value;
  throw new errors.JWTClaimValidationFailed(`"${name}" is no number`, {}, name, 'invalid');
}
