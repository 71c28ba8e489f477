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
  presented(): PresentedToken | undefined;
  /**
   * How long a connection may last on this proof, in seconds since the epoch: to the end of the session
   * or token, or until a token that only the authorization server can read has to be asked about again.
   */
  readonly expiresAt: number;
  /** How and when the user signed in. */
  authentication(): Authentication;
}

/** An access token that came with a call. */
export interface PresentedToken {
  readonly accessToken: string;
  /** In seconds since the epoch. */
  readonly expiresAt: number;
}

/** Whoever presented an access token. Classes, because a literal with a getter is made anew each time. */
export class BearerCaller implements Caller {
  readonly session = undefined;
  readonly #accessToken: string;

  /** @param expiresAt how long a connection may last on it */
  constructor(
    accessToken: string,
    private readonly claims: AccessTokenClaims,
    readonly user: object,
    readonly expiresAt: number = claims.exp,
  ) {
    this.#accessToken = accessToken;
  }

  get sub(): string {
    return this.claims.sub;
  }

  get scopes(): readonly string[] {
    return scopeValues(this.claims.scope);
  }

  presented(): PresentedToken {
    return { accessToken: this.#accessToken, expiresAt: this.claims.exp };
  }

  authentication(): Authentication {
    return { acr: this.claims.acr, authTime: this.claims.auth_time };
  }
}

/** Whoever has a session. */
export class SessionCaller implements Caller {
  constructor(
    readonly session: Session,
    readonly user: object,
  ) {}

  get sub(): string {
    return this.session.sub;
  }

  get scopes(): readonly string[] {
    return this.session.tokenSet.scope;
  }

  get expiresAt(): number {
    return Math.min(this.session.expiresAt, this.session.idleExpiresAt);
  }

  presented(): undefined {
    return undefined;
  }

  authentication(): Authentication {
    return { acr: acrOf(this.session), authTime: this.session.authTime };
  }
}

/** The ID token was verified at the login, and has been sealed since. */
function acrOf({ tokenSet }: Session): unknown {
  return tokenSet.idToken === undefined ? undefined : decodeJwt(tokenSet.idToken).acr;
}

/** What proved who calls. */
export function credentialOf({ session }: Caller): Credential {
  return session ? 'session' : 'bearer';
}
