import { TokenSet, type TokenSetMembers } from './token-set.js';

/** An access token besides that of the login: for another audience, or with fewer scope values. */
export interface FurtherToken {
  /** For which API; that of the login when absent. */
  readonly audience: string | undefined;
  /** The scope values that were asked for, sorted; everything that is granted when empty. */
  readonly requestedScope: readonly string[];
  /** The access token, without a refresh token or an ID token of its own. */
  readonly tokenSet: TokenSet;
}

/** All tokens of a session, between one refresh and the next. Deeply frozen. */
export interface HeldTokens {
  /** The access token of the login or of the last refresh, with the newest refresh and ID token. */
  readonly tokenSet: TokenSet;
  /** Access tokens for other audiences, or with fewer scope values. */
  readonly furtherTokens: readonly FurtherToken[];
  /**
   * Fencing number of the refresh that these tokens came from, 0 at the login: of two states of one
   * session the greater is the newer, in whatever process it was made.
   */
  readonly refreshNumber: number;
}

/** The members of {@link HeldTokens} in plain JSON. */
export interface HeldTokensMembers {
  readonly t: TokenSetMembers;
  readonly f?: readonly FurtherTokenMembers[] | undefined;
  readonly n?: number | undefined;
}

interface FurtherTokenMembers {
  readonly a?: string | undefined;
  readonly r: readonly string[];
  readonly t: TokenSetMembers;
}

const NO_FURTHER_TOKENS: readonly FurtherToken[] = Object.freeze([]);

/** The tokens without the one that renews them; newer than they were. */
export function withoutRefreshToken(held: HeldTokens): HeldTokens {
  const tokenSet = new TokenSet({ ...membersOf(held.tokenSet), refreshToken: undefined });
  const { furtherTokens, refreshNumber } = held;
  return Object.freeze({ tokenSet, furtherTokens, refreshNumber: refreshNumber + 1 });
}

export function toMembers({ tokenSet, furtherTokens, refreshNumber }: HeldTokens) {
  const members: HeldTokensMembers = {
    t: membersOf(tokenSet),
    f: furtherTokens.length > 0 ? furtherTokens.map(furtherMembers) : undefined,
    n: refreshNumber > 0 ? refreshNumber : undefined,
  };
  return members;
}

export function fromMembers({ t, f, n = 0 }: HeldTokensMembers): HeldTokens {
  const furtherTokens = f ? Object.freeze(f.map(fromFurtherMembers)) : NO_FURTHER_TOKENS;
  return Object.freeze({ tokenSet: new TokenSet(t), furtherTokens, refreshNumber: n });
}

function fromFurtherMembers({ a, r, t }: FurtherTokenMembers): FurtherToken {
  const requestedScope = Object.freeze(r);
  return Object.freeze({ audience: a, requestedScope, tokenSet: new TokenSet(t) });
}

function furtherMembers({ audience, requestedScope, tokenSet }: FurtherToken): FurtherTokenMembers {
  return { a: audience, r: requestedScope, t: membersOf(tokenSet) };
}

function membersOf(tokenSet: TokenSet): TokenSetMembers {
  const { accessToken, refreshToken, idToken, tokenType, scope, receivedAt, expiresAt } = tokenSet;
  return { accessToken, refreshToken, idToken, tokenType, scope, receivedAt, expiresAt };
}
