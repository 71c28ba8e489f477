import { decodeJwt } from 'jose';
import type { UpbondClaims } from '../options/upbond-auth-options.js';
import type { Session } from '../session/session.js';
import { scopeValues, type Privileged } from './privileges.js';
import type { Authentication } from './step-up.js';

/** Who calls, whatever proved it. */
export interface Caller extends Privileged {
  /** Subject of the session or token. */
  readonly sub: string;
  /** What becomes `req.user`. */
  readonly user: object;
  /** Scope values that were granted. */
  readonly scopes: readonly string[];
  /** The session, when it was one that proved it. */
  readonly session: Session | undefined;
  /** The access token, when it was one that proved it, and when it expires. */
  presented(): PresentedToken | undefined;
  /** How and when the user signed in. */
  authentication(): Authentication;
}

/** An access token that came with a call. */
export interface PresentedToken {
  readonly accessToken: string;
  /** In seconds since the epoch, when it says so. */
  readonly expiresAt: number | undefined;
}

export function bearerCaller(accessToken: string, claims: UpbondClaims, user: object): Caller {
  return {
    sub: claims.sub,
    user,
    scopes: scopeValues(claims.scope),
    session: undefined,
    presented: () => ({ accessToken, expiresAt: timeOf(claims.exp) }),
    authentication: () => ({ acr: claims.acr, authTime: claims.auth_time }),
  };
}

export function sessionCaller(session: Session, user: object): Caller {
  return {
    sub: session.sub,
    user,
    scopes: session.tokenSet.scope,
    session,
    presented: () => undefined,
    authentication: () => ({ acr: acrOf(session), authTime: session.authTime }),
  };
}

function timeOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** The ID token was verified at the login, and has been sealed since. */
function acrOf({ tokenSet }: Session): unknown {
  return tokenSet.idToken === undefined ? undefined : decodeJwt(tokenSet.idToken).acr;
}
