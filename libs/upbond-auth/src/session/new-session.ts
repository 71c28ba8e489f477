import { randomBytes } from '../cookies/random-bytes.js';
import type { JsonObject, UpbondClaims } from '../options/upbond-auth-options.js';
import type { TokenSet } from '../tokens/token-set.js';
import { deepFreeze } from '../options/deep-freeze.js';
import { newTimes, type SessionLifetimes } from './session-lifetime.js';
import type { Session } from './session.js';

/** What a login brings into its session. */
export interface SessionOrigin {
  readonly claims: UpbondClaims;
  readonly user: JsonObject;
  readonly tokenSet: TokenSet;
}

/** A session for a login, with an id of its own: nothing of an earlier session lives on in it. */
export function newSession(
  { claims, user, tokenSet }: SessionOrigin,
  now: number,
  lifetimes: SessionLifetimes,
): Session {
  return deepFreeze({
    id: randomBytes(16).toString('base64url'),
    sub: claims.sub,
    sid: typeof claims.sid === 'string' ? claims.sid : undefined,
    authTime: typeof claims.auth_time === 'number' ? claims.auth_time : undefined,
    // What onLogin returned may hold undefined members; a session is JSON
    user: JSON.parse(JSON.stringify(user)) as JsonObject,
    tokenSet,
    furtherTokens: [],
    refreshNumber: 0,
    ...newTimes(now, lifetimes),
  });
}
