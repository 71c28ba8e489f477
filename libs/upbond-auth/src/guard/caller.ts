import { decodeJwt } from 'jose';
import type { UpbondClaims } from '../options/upbond-auth-options.js';
import type { Session } from '../session/session.js';
import { scopeValues, type Privileged } from './privileges.js';
import type { Authentication } from './step-up.js';

/** Who calls, whatever proved it. */
export interface Caller extends Privileged {
  /** What becomes `req.user`. */
  readonly user: object;
  /** Scope values that were granted. */
  readonly scopes: readonly string[];
  /** The session, when it was one that proved it. */
  readonly session: Session | undefined;
  /** How and when the user signed in. */
  authentication(): Authentication;
}

export function bearerCaller(claims: UpbondClaims, user: object): Caller {
  return {
    user,
    get scopes() {
      return scopeValues(claims.scope);
    },
    session: undefined,
    authentication: () => ({ acr: claims.acr, authTime: claims.auth_time }),
  };
}

export function sessionCaller(session: Session, user: object): Caller {
  return {
    user,
    scopes: session.tokenSet.scope,
    session,
    authentication: () => ({ acr: acrOf(session), authTime: session.authTime }),
  };
}

/** The ID token was verified at the login, and has been sealed since. */
function acrOf({ tokenSet }: Session): unknown {
  return tokenSet.idToken === undefined ? undefined : decodeJwt(tokenSet.idToken).acr;
}
