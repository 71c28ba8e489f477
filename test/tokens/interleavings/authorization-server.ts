import { UpbondAuthException } from '../../../libs/upbond-auth/src/errors/upbond-auth.exception.js';
import type { TokenResponse } from '../../../libs/upbond-auth/src/authorization-server/token-response.js';

/** How long access tokens live, in seconds. */
export const ACCESS_TOKEN_SECONDS = 300;

/**
 * What becomes of refresh tokens:
 *
 * - `rotates`: each is good once; a second use ends the family (RFC 9700 §4.14.2).
 * - `forgives`: each is replaced, but goes on working.
 * - `keeps`: the same comes in every answer.
 * - `silent`: no answer has one; that of the login stays good.
 */
export type Rotation = 'rotates' | 'forgives' | 'keeps' | 'silent';

interface Family {
  readonly name: string;
  readonly spent: Set<string>;
  isRevoked: boolean;
}

/** The authorization server. Each method is one step of it. */
export class ModelServer {
  readonly #families = new Map<string, Family>();
  readonly #accessTokens = new Map<
    string,
    { readonly family: Family; readonly expiresAt: number }
  >();
  #count = 0;
  /** How often a refresh token came that was spent already. */
  reuses = 0;
  calls = 0;

  constructor(
    private readonly rotation: Rotation,
    private readonly now: () => number,
  ) {}

  login() {
    const family = { name: `family ${++this.#count}`, spent: new Set<string>(), isRevoked: false };
    const accessToken = this.#accessTokenOf(family);
    return { accessToken, refreshToken: this.#refreshTokenOf(family) };
  }

  /** @throws UpbondAuthException `invalid_grant` */
  refresh(refreshToken: string): TokenResponse {
    this.calls++;
    const family = this.#families.get(refreshToken);
    if (family?.spent.has(refreshToken) && this.rotation === 'rotates') {
      this.reuses++;
      family.isRevoked = true;
    }
    if (!family || family.isRevoked) throw new UpbondAuthException('invalid_grant');
    return {
      accessToken: this.#accessTokenOf(family),
      tokenType: 'Bearer',
      refreshToken: this.#successor(family, refreshToken),
      idToken: undefined,
      scope: ['openid'],
      expiresIn: ACCESS_TOKEN_SECONDS,
    };
  }

  /** RFC 7009. A token that is not good any more is not an error, and nothing else follows from it. */
  revoke(refreshToken: string): void {
    const family = this.#families.get(refreshToken);
    const isDead = this.rotation === 'rotates' && family?.spent.has(refreshToken);
    if (family && !isDead) family.isRevoked = true;
  }

  familyOf(accessToken: string): string {
    return this.#accessTokens.get(accessToken)?.family.name ?? '';
  }

  isFamilyRevoked(name: string): boolean {
    return [...this.#families.values()].some((one) => one.name === name && one.isRevoked);
  }

  isSpent(refreshToken = ''): boolean {
    return this.#families.get(refreshToken)?.spent.has(refreshToken) === true;
  }

  isRevoked(accessToken: string): boolean {
    return this.#accessTokens.get(accessToken)?.family.isRevoked === true;
  }

  isFresh(accessToken: string): boolean {
    return (this.#accessTokens.get(accessToken)?.expiresAt ?? 0) > this.now();
  }

  #successor(family: Family, refreshToken: string): string | undefined {
    if (this.rotation === 'silent') return undefined;
    if (this.rotation === 'keeps') return refreshToken;
    family.spent.add(refreshToken);
    return this.#refreshTokenOf(family);
  }

  #refreshTokenOf(family: Family): string {
    const refreshToken = `refresh-token-${++this.#count}`;
    this.#families.set(refreshToken, family);
    return refreshToken;
  }

  #accessTokenOf(family: Family): string {
    const accessToken = `access-token-${++this.#count}`;
    this.#accessTokens.set(accessToken, { family, expiresAt: this.now() + ACCESS_TOKEN_SECONDS });
    return accessToken;
  }
}
