import { decodeProtectedHeader, errors, type JWTVerifyOptions, type JWTVerifyResult } from 'jose';
import type { JwksCache } from './jwks.js';
import { verifyJwt } from './verify-jwt.js';
import type { Patience } from './waiting.js';

/**
 * Verifies a JWT with the authorization server's keys. Without a `kid` every key that fits is tried,
 * and after a rotation once more with fresh keys.
 *
 * @throws UpbondAuthException `temporarily_unavailable` when there are no keys to look in
 * @throws errors.JOSEError of `jose` for everything that is wrong with the token, among them
 * `JWKSNoMatchingKey` and `JWSSignatureVerificationFailed`
 */
export async function verifyWithJwks(
  token: string,
  jwks: JwksCache,
  options: JWTVerifyOptions,
  patience?: Patience,
): Promise<JWTVerifyResult> {
  try {
    return await tryKeys(token, jwks, options, patience);
  } catch (error) {
    const mayBeRotated = error instanceof errors.JWSSignatureVerificationFailed && !hasKid(token);
    if (!mayBeRotated || !(await jwks.renew(patience))) throw error;
    return tryKeys(token, jwks, options, patience);
  }
}

async function tryKeys(
  token: string,
  jwks: JwksCache,
  options: JWTVerifyOptions,
  patience: Patience | undefined,
): Promise<JWTVerifyResult> {
  try {
    return await verifyJwt(token, jwks.getKey(patience), options);
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    return tryEach(token, error, options);
  }
}

// OpenID Connect Core §10.1: without a `kid` the key is not named
async function tryEach(
  token: string,
  keys: errors.JWKSMultipleMatchingKeys,
  options: JWTVerifyOptions,
): Promise<JWTVerifyResult> {
  for await (const key of keys) {
    try {
      return await verifyJwt(token, key, options);
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
}

function hasKid(token: string): boolean {
  return decodeProtectedHeader(token).kid !== undefined;
}
