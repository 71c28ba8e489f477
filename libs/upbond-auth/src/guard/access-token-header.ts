import { quoted } from '../errors/upbond-auth.exception.js';
import type { CompactJws } from '../authorization-server/compact-jws.js';
import { refuseToken, type AccessTokenProfile } from './access-token-claims.js';

/**
 * Whether it is certainly no JWT: those have three parts (RFC 7515 §3.1). Whatever has three is verified
 * as one, so that nothing that failed as a JWT is asked about. A JWE has five: it is opaque here.
 */
export function isOpaque(token: string): boolean {
  return token.split('.', 4).length !== 3;
}

/**
 * What kind of access token it is, by its header; keys that it names are ignored.
 *
 * @throws UpbondAuthException `invalid_token`
 */
export function profileOf({ header, payload, signature }: CompactJws): AccessTokenProfile {
  if (!payload || !signature) refuseToken('it is not spelled as base64url');
  const { typ } = header;
  if (typ === undefined) return 'login-3.0';
  // RFC 7515 §4.1.9: media types, whose letter case does not count
  const type = typeof typ === 'string' ? typ.toLowerCase() : '';
  if (type === 'jwt') return 'login-3.0';
  if (type === 'at+jwt' || type === 'application/at+jwt') return 'rfc9068';
  return refuseToken(`typ ${quoted(typ)} is not that of an access token`);
}
