import { decodeProtectedHeader } from 'jose';
import { quoted } from '../errors/upbond-auth.exception.js';
import { refuseToken, type AccessTokenProfile } from './access-token-claims.js';

/**
 * Whether it is certainly no JWT: those have three parts (RFC 7515 §3.1). Whatever has three is verified
 * as one, so that nothing that failed as a JWT is asked about. A JWE has five: it is opaque here.
 */
export function isOpaque(token: string): boolean {
  return token.split('.', 4).length !== 3;
}

/**
 * What the header may say: an allowed algorithm and the kind of token; keys that it names are ignored.
 *
 * @throws UpbondAuthException `invalid_token`
 */
export function profileOf(token: string, algorithms: readonly string[]): AccessTokenProfile {
  const { alg, typ, crit, b64 } = readHeader(token);
  if (typeof alg !== 'string' || !algorithms.includes(alg)) {
    refuseToken(`alg ${quoted(alg)} is not among accessTokenSigningAlgorithms`);
  }
  // RFC 7515 §4.1.11: no extension is understood here; RFC 7797 is one
  if (crit !== undefined || b64 !== undefined) refuseToken('crit or b64 in the header');
  if (typ === undefined) return 'login-3.0';
  // RFC 7515 §4.1.9: media types, whose letter case does not count
  const type = typeof typ === 'string' ? typ.toLowerCase() : '';
  if (type === 'jwt') return 'login-3.0';
  if (type === 'at+jwt' || type === 'application/at+jwt') return 'rfc9068';
  return refuseToken(`typ ${quoted(typ)} is not that of an access token`);
}

function readHeader(token: string): Readonly<Record<string, unknown>> {
  if (!token.split('.', 6).every(isCanonical)) refuseToken('it is not spelled as base64url');
  try {
    return decodeProtectedHeader(token);
  } catch (error) {
    return refuseToken('it is no JWT', error);
  }
}

/** One spelling for one token: decoders pass over unused bits and foreign characters (RFC 4648 §3.5). */
function isCanonical(part: string): boolean {
  return Buffer.from(part, 'base64url').toString('base64url') === part;
}
