import type { JsonValue } from '../options/upbond-auth-options.js';
import type { TokenSet } from '../tokens/token-set.js';

/** A signed-in user, as the library remembers it. Deeply frozen. */
export interface Session {
  /** Identifier of this session; a new one is made at each login. */
  readonly id: string;
  /** Subject of the verified ID token (OpenID Connect Core §2). */
  readonly sub: string;
  /** Session at the authorization server, when it says so (OpenID Connect Back-Channel Logout §2.1). */
  readonly sid: string | undefined;
  /** When the user proved who they are, in seconds since the epoch, when the server says so. */
  readonly authTime: number | undefined;
  /** What `onLogin` returned, or the claims of the ID token. */
  readonly user: JsonValue;
  /** The tokens of the login; they print redacted. */
  readonly tokenSet: TokenSet;
  /** When the login happened, in seconds since the epoch. */
  readonly createdAt: number;
  /** When the session ends at the latest, in seconds since the epoch. */
  readonly expiresAt: number;
}
