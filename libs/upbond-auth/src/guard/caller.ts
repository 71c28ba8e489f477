import { decodeJwt } from 'jose';
import type { Session } from '../session/session.js';
import type { AccessTokenClaims } from './access-token.js';
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
  /** When the credential ends by itself, in seconds since the epoch, as far as is known now. */
  readonly expiresAt: number;
  /** How and when the user signed in. */
  authentication(): Authentication;
}

export function bearerCaller(claims: AccessTokenClaims, user: object): Caller {
  return {
    user,
    scopes: scopeValues(claims.scope),
    session: undefined,
    expiresAt: claims.exp,
    authentication: () => ({ acr: claims.acr, authTime: claims.auth_time }),
  };
}

export function sessionCaller(session: Session, user: object): Caller {
  return {
    user,
    scopes: session.tokenSet.scope,
    session,
    expiresAt: Math.min(session.expiresAt, session.idleExpiresAt),
    authentication: () => ({ acr: acrOf(session), authTime: session.authTime }),
  };
}

/** The ID token was verified at the login, and has been sealed since. */
function acrOf({ tokenSet }: Session): unknown {
  return tokenSet.idToken === undefined ? undefined : decodeJwt(tokenSet.idToken).acr;
}
