import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { JsonObject } from '../options/upbond-auth-options.js';
import { TokenSet, type TokenSetMembers } from '../tokens/token-set.js';
import { deepFreeze } from '../options/deep-freeze.js';
import type { Codec } from './session-cookies.js';
import type { Session } from './session.js';

const MAX_INFLATED = 256 * 1024;

/** A session in the short words that are sealed. */
interface Payload {
  readonly i: string;
  readonly s: string;
  readonly d?: string | undefined;
  readonly a?: number | undefined;
  readonly u: JsonObject;
  readonly t: TokenSetMembers;
  readonly c: number;
  readonly e: number;
  readonly r: number;
}

/** The bytes of a session, compressed: tokens are base64 and shrink by a quarter. */
export function encodeSession(session: Session): Buffer {
  const { id, sub, sid, authTime, user, tokenSet, createdAt, expiresAt, idleExpiresAt } = session;
  const { accessToken, refreshToken, idToken, tokenType, scope } = tokenSet;
  const payload: Payload = {
    i: id,
    s: sub,
    d: sid,
    a: authTime,
    u: user,
    t: { accessToken, refreshToken, idToken, tokenType, scope, expiresAt: tokenSet.expiresAt },
    c: createdAt,
    e: expiresAt,
    r: idleExpiresAt,
  };
  return deflateRawSync(JSON.stringify(payload));
}

/** The session, deeply frozen. Only bytes that were sealed here get this far. */
export function decodeSession(bytes: Buffer): Session {
  const json = inflateRawSync(bytes, { maxOutputLength: MAX_INFLATED }).toString();
  const { i, s, d, a, u, t, c, e, r } = JSON.parse(json) as Payload;
  return deepFreeze({
    id: i,
    sub: s,
    sid: d,
    authTime: a,
    user: u,
    tokenSet: new TokenSet(t),
    createdAt: c,
    expiresAt: e,
    idleExpiresAt: r,
  });
}

export const SESSION_CODEC: Codec<Session> = { encode: encodeSession, decode: decodeSession };
