import { deepFreeze } from '../options/deep-freeze.js';
import type { JsonObject } from '../options/upbond-auth-options.js';
import type { HeldTokens } from '../tokens/held-tokens.js';
import type { SessionTimes } from './session-lifetime.js';

/** A signed-in user, as the library remembers it. Deeply frozen. */
export interface Session extends SessionTimes, HeldTokens {
  /** Identifier of this session; a new one is made at each login. */
  readonly id: string;
  /** Subject of the verified ID token (OpenID Connect Core §2). */
  readonly sub: string;
  /** Session at the authorization server, when it says so (OpenID Connect Back-Channel Logout §2.1). */
  readonly sid: string | undefined;
  /** When the user proved who they are, in seconds since the epoch, when the server says so. */
  readonly authTime: number | undefined;
  /** What `onLogin` returned, or the claims of the ID token. */
  readonly user: JsonObject;
}

/** The session with other tokens. */
export function withTokens(session: Session, tokens: HeldTokens): Session {
  const { tokenSet, furtherTokens, refreshNumber } = tokens;
  return deepFreeze({ ...session, tokenSet, furtherTokens, refreshNumber });
}
