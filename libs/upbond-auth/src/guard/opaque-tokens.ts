import { unavailable } from '../authorization-server/unavailable.js';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { refuseToken, type AccessTokenClaims } from './access-token-claims.js';
import type { OpaqueTokenInquiry } from './opaque-token-inquiry.js';
import { VerifiedTokens } from './verified-tokens.js';

const MOST_INQUIRIES = 64;
const REFUSED_SECONDS = 5;

interface Known {
  /** When it is to be asked about again. */
  readonly exp: number;
  readonly claims: AccessTokenClaims;
}

interface Refused {
  readonly exp: number;
  readonly detail: string | undefined;
}

/**
 * Remembers what the authorization server said of opaque tokens, by digests of them: of good ones until
 * `opaqueAccessTokenCacheSeconds` have passed or they expire, of bad ones for 5 s, and of its failures
 * nothing. Bad ones cannot crowd out good ones, one token is asked about once at a time, and at most 64
 * tokens at once.
 */
export class OpaqueTokens {
  readonly #known: VerifiedTokens<Known>;
  readonly #refused: VerifiedTokens<Refused>;
  readonly #asking = new Map<string, Promise<AccessTokenClaims>>();

  constructor(
    private readonly config: Pick<UpbondAuthConfig, 'opaqueAccessTokenCacheSeconds'>,
    private readonly inquiry: Pick<OpaqueTokenInquiry, 'ask'>,
    private readonly now: () => number,
  ) {
    this.#known = new VerifiedTokens(now);
    this.#refused = new VerifiedTokens(now);
  }

  /** How many tokens are remembered or being asked about. */
  get size(): number {
    return this.#known.size + this.#refused.size + this.#asking.size;
  }

  /**
   * The claims of a token, deeply frozen.
   *
   * @throws UpbondAuthException `invalid_token` or `temporarily_unavailable`
   */
  async verify(token: string): Promise<AccessTokenClaims> {
    const digest = this.#known.digest(token);
    const known = this.#known.get(digest);
    if (known) return known.claims;
    const refused = this.#refused.get(digest);
    if (refused) return refuseToken(`${refused.detail} (remembered)`);
    return this.#asking.get(digest) ?? this.begin(digest, token);
  }

  private begin(digest: string, token: string): Promise<AccessTokenClaims> {
    if (this.#asking.size >= MOST_INQUIRIES) {
      throw unavailable(`${MOST_INQUIRIES} opaque access tokens are being asked about already`);
    }
    const inquiry = this.askAndRemember(digest, token).finally(() => this.#asking.delete(digest));
    this.#asking.set(digest, inquiry);
    return inquiry;
  }

  private async askAndRemember(digest: string, token: string): Promise<AccessTokenClaims> {
    // Counted from before the answer: what happens to the token on the way is not in it
    const askedAt = this.now();
    try {
      const claims = await this.inquiry.ask(token);
      const until = askedAt + this.config.opaqueAccessTokenCacheSeconds;
      this.#known.remember(digest, { exp: Math.min(claims.exp, until), claims });
      return claims;
    } catch (error) {
      if (error instanceof UpbondAuthException && error.code === 'invalid_token') {
        this.#refused.remember(digest, { exp: askedAt + REFUSED_SECONDS, detail: error.detail });
      }
      throw error;
    }
  }
}
