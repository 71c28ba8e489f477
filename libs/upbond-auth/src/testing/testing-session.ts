import { userOf } from '../callback/user-of.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import type { UpbondClaims } from '../options/upbond-auth-options.js';
import { newSession } from '../session/new-session.js';
import type { Sessions } from '../session/sessions.js';
import { TokenSet } from '../tokens/token-set.js';
import { MemoryExchange } from './memory-exchange.js';

/** Headers by which a request belongs to a session. */
export type SessionHeaders = {
  /** The session cookies. */
  readonly cookie: string;
  /** The application's own origin: without it a WebSocket with cookies is refused. */
  readonly origin: string;
  /** What a browser says of requests of the application's own pages: unsafe methods need it. */
  readonly 'sec-fetch-site': 'same-origin';
};

/** Where the session of a test begins. */
export interface InstanceUnderTest {
  readonly config: UpbondAuthConfig;
  readonly sessions: Sessions;
}

/** What the login of a test brings. */
export interface TestingLogin {
  readonly claims: UpbondClaims;
  readonly accessToken: string;
  readonly idToken: string;
  readonly scopes: readonly string[];
  /** When the tokens came, in seconds since the epoch. */
  readonly receivedAt: number;
  /** When the access token expires, in seconds since the epoch. */
  readonly expiresAt: number;
  /** When the login happened, in seconds since the epoch. */
  readonly at: number;
}

/**
 * Does what the callback does after it has verified an ID token: asks `onLogin` and begins the session,
 * in cookies or in the application's store.
 *
 * @throws UpbondAuthException what `onLogin` and the store lead to in a login
 */
export async function beginSession(
  { config, sessions }: InstanceUnderTest,
  { claims, at, scopes, ...tokens }: TestingLogin,
): Promise<SessionHeaders> {
  const tokenSet = new TokenSet({ ...tokens, tokenType: 'Bearer', scope: scopes });
  const user = await userOf({ claims, tokenSet }, config.onLogin);
  const exchange = new MemoryExchange();
  await sessions.begin(exchange, newSession({ claims, user, tokenSet }, at, config));
  const { origin } = new URL(config.redirectUri);
  return { cookie: exchange.cookieHeader, origin, 'sec-fetch-site': 'same-origin' };
}
