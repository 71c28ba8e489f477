import { decodeJwt } from 'jose';
import type { Credential } from '../decorators/marks.js';
import type { Session } from '../session/session.js';
import type { AccessTokenClaims } from './access-token.js';
import { scopeValues, type Privileged } from './privileges.js';
import type { Authentication } from './step-up.js';

/** Who calls, whatever proved it. */
export interface Caller extends Privileged {
  /** Subject of the token or of the session. */
  readonly sub: string;
  /** When the token or the session ends unless it is used, in seconds since the epoch. */
  readonly expiresAt: number;
  /** What becomes `req.user`. */
  readonly user: object;
  /** Scope values that were granted. */
  readonly scopes: readonly string[];
  /** The session, when it was one that proved it. */
  readonly session: Session | undefined;
  /** How and when the user signed in. */
  authentication(): Authentication;
}

export function bearerCaller(claims: AccessTokenClaims, user: object): Caller {
  return {
    sub: claims.sub,
    expiresAt: claims.exp,
    user,
    scopes: scopeValues(claims.scope),
    session: undefined,
    authentication: () => ({ acr: claims.acr, authTime: claims.auth_time }),
  };
}

export function sessionCaller(session: Session, user: object): Caller {
  return {
    sub: session.sub,
    expiresAt: Math.min(session.expiresAt, session.idleExpiresAt),
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

/** What proved who calls. */
export function credentialOf({ session }: Caller): Credential {
  return session ? 'session' : 'bearer';
}
