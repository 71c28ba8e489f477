import {
  errors,
  jwtVerify,
  type CryptoKey,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  type JWTVerifyResult,
} from 'jose';

/**
 * Verifies a JWT as `jose` does. Its errors about claims carry all claims of the token, the nonce and the
 * user's e-mail address among them, and would carry them into logs as the cause of ours: these do not.
 *
 * @throws errors.JOSEError for everything that is wrong with the token
 */
export async function verifyJwt(
  token: string,
  key: CryptoKey | Uint8Array | JWTVerifyGetKey,
  options: JWTVerifyOptions,
): Promise<JWTVerifyResult> {
  try {
    return await (typeof key === 'function'
      ? jwtVerify(token, key, options)
      : jwtVerify(token, key, options));
  } catch (error) {
    throw withoutClaims(error);
  }
}

function withoutClaims(error: unknown): unknown {
  const { JWTClaimValidationFailed, JWTExpired } = errors;
  if (!(error instanceof JWTExpired) && !(error instanceof JWTClaimValidationFailed)) return error;
  const { message, claim, reason } = error;
  const Kind = error instanceof JWTExpired ? JWTExpired : JWTClaimValidationFailed;
  return new Kind(message, {}, claim, reason);
}
