import type { JsonValue, UpbondClaims } from '../options/upbond-auth-options.js';

/**
 * Who signed in: the claims about the person, as Login 3.0 issues them. `sub` identifies the user for
 * ever and is the only claim that may be a key; an e-mail address can change hands. Claims that speak
 * of the token (`iss`, `aud`, `exp`, `nonce` …) are left out.
 *
 * Applications can add their own members by declaration merging:
 * `declare module 'nestjs-upbond-auth' { interface UpbondUser { plan?: string } }`.
 */
export interface UpbondUser {
  /** Subject: unique and never reassigned (OpenID Connect Core §2); a DID at Login 3.0. */
  readonly sub: string;
  /** Full name, as it is shown; with scope `profile`. Text from outside: escape it in pages. */
  readonly name?: string;
  /** Given name or names; with scope `profile`. */
  readonly given_name?: string;
  /** Family name or names; with scope `profile`. */
  readonly family_name?: string;
  /**
   * URL of a picture; with scope `profile`.
   *
   * **Security**: the user may have chosen it. Show it as an image at most, never as a link or a script.
   */
  readonly picture?: string;
  /** E-mail address; with scope `email`. It can change hands: never use it as a key. */
  readonly email?: string;
  /** Whether Login 3.0 has made sure that the address belongs to the user. */
  readonly email_verified?: boolean;
  /** Address of the user's wallet, with scope `wallet`. */
  readonly wallet_address?: string;
  readonly [claim: string]: JsonValue | undefined;
}

/** Claims that speak of the token rather than of the person. */
const PROTOCOL_CLAIMS = new Set([
  'iss',
  'aud',
  'azp',
  'exp',
  'iat',
  'nbf',
  'jti',
  'nonce',
  'at_hash',
  'c_hash',
  's_hash',
  'sid',
]);

export function toUser(claims: UpbondClaims): UpbondUser {
  // A claim that is null says nothing about the person
  const about = Object.entries(claims).filter(
    ([claim, value]) => !PROTOCOL_CLAIMS.has(claim) && value !== null,
  );
  return Object.fromEntries(about) as UpbondUser;
}
