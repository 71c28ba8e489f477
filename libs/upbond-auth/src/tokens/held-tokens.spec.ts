import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { fromMembers, toMembers, withoutRefreshToken, type HeldTokens } from './held-tokens.js';
import { TokenSet, type TokenSetMembers } from './token-set.js';

const MEMBERS: TokenSetMembers = {
  accessToken: 'access',
  refreshToken: 'refresh',
  idToken: 'id',
  tokenType: 'Bearer',
  scope: ['openid', 'email'],
  receivedAt: 1_800_000_000,
  expiresAt: 1_800_003_600,
};
const LOGIN: HeldTokens = {
  tokenSet: new TokenSet(MEMBERS),
  furtherTokens: [],
  refreshNumber: 0,
};
const REFRESHED: HeldTokens = {
  tokenSet: new TokenSet(MEMBERS),
  furtherTokens: [
    {
      audience: 'https://orders',
      requestedScope: ['read'],
      tokenSet: new TokenSet({ accessToken: 'further', tokenType: 'Bearer', scope: ['read'] }),
    },
    {
      audience: undefined,
      requestedScope: ['email'],
      tokenSet: new TokenSet({ accessToken: 'narrow', tokenType: 'Bearer', scope: ['email'] }),
    },
  ],
  refreshNumber: 1_800_000_000_123,
};

function isDeeplyFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen);
}

describe('the members of held tokens', () => {
  it.each([
    ['a login', LOGIN],
    ['a refresh', REFRESHED],
  ])('come back from JSON as they were: %s', (_, held) => {
    const again = fromMembers(JSON.parse(JSON.stringify(toMembers(held))));
    expect(JSON.stringify(toMembers(again))).toBe(JSON.stringify(toMembers(held)));
    expect(again.tokenSet.refreshToken).toBe('refresh');
    expect(again.refreshNumber).toBe(held.refreshNumber);
    expect(again.furtherTokens.map(({ audience }) => audience)).toEqual(
      held.furtherTokens.map(({ audience }) => audience),
    );
    expect(isDeeplyFrozen(again)).toBe(true);
  });

  it('of a login take no more room than its tokens: a cookie is small', () => {
    expect(Object.keys(JSON.parse(JSON.stringify(toMembers(LOGIN))))).toEqual(['t']);
  });

  it('of a session of an older version are those of a login', () => {
    expect(fromMembers({ t: MEMBERS })).toMatchObject({ furtherTokens: [], refreshNumber: 0 });
  });
});

describe('withoutRefreshToken', () => {
  it('keeps all other tokens, and is newer', () => {
    const { tokenSet, furtherTokens, refreshNumber } = withoutRefreshToken(REFRESHED);
    expect(tokenSet.refreshToken).toBeUndefined();
    const { accessToken, idToken, scope, receivedAt, expiresAt } = tokenSet;
    expect({ ...MEMBERS, accessToken, idToken, scope, receivedAt, expiresAt }).toEqual(MEMBERS);
    expect(furtherTokens).toBe(REFRESHED.furtherTokens);
    expect(refreshNumber).toBe(REFRESHED.refreshNumber + 1);
  });
});

it('Held tokens cannot be printed', () => {
  expect(inspect(REFRESHED, { depth: null })).not.toMatch(/refresh'|access'|further'|narrow'/);
  expect(JSON.stringify(REFRESHED)).not.toMatch(/"(refresh|access|further|narrow)"/);
});
