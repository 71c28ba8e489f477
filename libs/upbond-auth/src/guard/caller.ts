import { decodeJwt } from 'jose';
import type { Credential } from '../decorators/marks.js';
import type { Session } from '../session/session.js';
import type { AccessTokenClaims } from './access-token-claims.js';
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
  /** The access token, when it was one that proved it. */
  presented(): string | undefined;
  /** When the credential ends by itself, in seconds since the epoch, as far as is known now. */
  readonly expiresAt: number;
  /** How and when the user signed in. */
  authentication(): Authentication;
}

export function bearerCaller(accessToken: string, claims: AccessTokenClaims, user: object): Caller {
  return {
    sub: claims.sub,
    user,
    get scopes() {
      return scopeValues(claims.scope);
    },
    session: undefined,
    presented: () => accessToken,
    expiresAt: claims.exp,
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
    expiresAt: Math.min(session.expiresAt, session.idleExpiresAt),
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
