import { errors, type JWSHeaderParameters } from 'jose';
import type { CompactJws } from './compact-jws.js';
import type { JwksCache } from './jwks.js';
import { verifyJws } from './verify-jws.js';
import type { Patience } from './waiting.js';

/**
 * The payload of a JWS that the authorization server's keys verify. Without a `kid` every key that fits
 * is tried, and after a rotation once more with fresh keys.
 *
 * @throws UpbondAuthException `temporarily_unavailable` when there are no keys to look in
 * @throws errors.JOSEError of `jose` for everything that is wrong with the token, among them
 * `JWKSNoMatchingKey` and `JWSSignatureVerificationFailed`
 * @throws TypeError when the key that is named is too weak
 */
export async function verifyWithJwks(
  jws: CompactJws,
  jwks: JwksCache,
  patience?: Patience,
): Promise<Buffer> {
  try {
    return await tryKeys(jws, jwks, patience);
  } catch (error) {
    const hasKid = jws.header['kid'] !== undefined;
    const mayBeRotated = error instanceof errors.JWSSignatureVerificationFailed && !hasKid;
    if (!mayBeRotated || !(await jwks.renew(patience))) throw error;
    return tryKeys(jws, jwks, patience);
  }
}

async function tryKeys(
  jws: CompactJws,
  jwks: JwksCache,
  patience: Patience | undefined,
): Promise<Buffer> {
  try {
    // `jose` checks the members that it reads
    return verifyJws(jws, await jwks.getKey(patience)(jws.header as JWSHeaderParameters));
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    return tryEach(jws, error);
  }
}

// OpenID Connect Core §10.1: without a `kid` the key is not named
async function tryEach(jws: CompactJws, keys: errors.JWKSMultipleMatchingKeys): Promise<Buffer> {
  for await (const key of keys) {
    try {
      return verifyJws(jws, key);
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
}
