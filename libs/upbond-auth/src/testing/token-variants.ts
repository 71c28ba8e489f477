import type { Timing } from './testing-claims.js';
import type { Signature } from './testing-keys.js';

/** How the credentials of a user differ from good ones. */
export interface Variant {
  readonly timing: Timing;
  readonly signature: Signature;
  /** Instead of the one that the application accepts. */
  readonly audience: string | undefined;
  /** Instead of that of the kit. */
  readonly issuer: string | undefined;
}

export const GOOD: Variant = {
  timing: 'good',
  signature: 'genuine',
  audience: undefined,
  issuer: undefined,
};

/** Whether a session cannot differ in this way. */
export function isAboutTokens({ timing, signature, audience, issuer }: Variant): boolean {
  if (timing === 'not yet valid' || signature !== 'genuine') return true;
  return audience !== undefined || issuer !== undefined;
}

/** Credentials that are wrong in one way or in several: each method answers a user of its own. */
export abstract class TokenVariants {
  /** @hidden The same user with other credentials. */
  protected abstract but(change: Partial<Variant>): this;

  /** Credentials that expired an hour ago; of a session: one whose time is over. */
  expired(): this {
    return this.but({ timing: 'expired' });
  }

  /** Tokens that are good in an hour. */
  notYetValid(): this {
    return this.but({ timing: 'not yet valid' });
  }

  /**
   * Tokens for somebody else, or for one of several names of this API.
   *
   * @param audience - the claim `aud`
   */
  forAudience(audience: string): this {
    return this.but({ audience });
  }

  /**
   * Tokens of another authorization server, signed with the key of this one.
   *
   * @param issuer - the claim `iss`
   */
  fromIssuer(issuer: string): this {
    return this.but({ issuer });
  }

  /** Tokens whose header names the right key, and which another one signed. */
  signedWithWrongKey(): this {
    return this.but({ signature: 'wrong key' });
  }

  /** Tokens with `alg: none` and no signature. */
  unsigned(): this {
    return this.but({ signature: 'none' });
  }
}
