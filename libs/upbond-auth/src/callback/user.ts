import type { JsonValue, UpbondClaims } from '../options/upbond-auth-options.js';

/**
 * Who signed in: the claims about the person, as Login 3.0 issues them. `sub` identifies the user for
 * ever and is the only claim that may be a key; an e-mail address can change hands.
 *
 * Applications can add their own members by declaration merging:
 * `declare module 'nestjs-upbond-auth' { interface UpbondUser { plan?: string } }`.
 */
export interface UpbondUser {
  /** Subject: unique and never reassigned (OpenID Connect Core §2); a DID at Login 3.0. */
  readonly sub: string;
  readonly name?: string;
  readonly given_name?: string;
  readonly family_name?: string;
  readonly picture?: string;
  readonly email?: string;
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
