import { describe, expect, it } from 'vitest';
import type { HeldTokens } from './held-tokens.js';
import { TokenSet } from './token-set.js';
import {
  isBeyondLifetime,
  isSameWish,
  lastResort,
  longestLife,
  matching,
  sufficient,
  type WantedToken,
} from './wanted-token.js';

const NOW = 1_800_000_000;
const PLAIN: WantedToken = {
  audience: undefined,
  scope: [],
  minimumValiditySeconds: undefined,
  refused: undefined,
};

function tokenSet(accessToken: string, remaining?: number, lifetime?: number): TokenSet {
  const expiresAt = remaining === undefined ? undefined : NOW + remaining;
  const receivedAt =
    expiresAt === undefined || lifetime === undefined ? undefined : expiresAt - lifetime;
  return new TokenSet({ accessToken, tokenType: 'Bearer', scope: [], receivedAt, expiresAt });
}

function held(own: TokenSet, ...further: HeldTokens['furtherTokens']): HeldTokens {
  return { tokenSet: own, furtherTokens: further, refreshNumber: 0 };
}

describe('matching', () => {
  const orders = tokenSet('orders');
  const narrow = tokenSet('narrow');
  const ordersNarrow = tokenSet('orders narrow');
  const all = held(
    tokenSet('login'),
    { audience: 'orders', requestedScope: [], tokenSet: orders },
    { audience: undefined, requestedScope: ['a', 'b'], tokenSet: narrow },
    { audience: 'orders', requestedScope: ['a'], tokenSet: ordersNarrow },
  );

  it.each<[string, Partial<WantedToken>, string | undefined]>([
    ['that of the login', {}, 'login'],
    ['that of an audience', { audience: 'orders' }, 'orders'],
    ['that of a scope', { scope: ['a', 'b'] }, 'narrow'],
    ['that of both', { audience: 'orders', scope: ['a'] }, 'orders narrow'],
    ['none of another audience', { audience: 'bills' }, undefined],
    ['none of a part of a scope', { scope: ['a'] }, undefined],
    [
      'none with more scope than was asked for',
      { audience: 'orders', scope: ['a', 'b'] },
      undefined,
    ],
  ])('finds %s', (_, wanted, expected) => {
    expect(matching(all, { ...PLAIN, ...wanted })?.accessToken).toBe(expected);
  });
});

describe('sufficient and lastResort', () => {
  it.each<[string, TokenSet, Partial<WantedToken>, boolean, boolean]>([
    ['a minute left', tokenSet('a', 60, 3600), {}, true, true],
    ['less than a minute left', tokenSet('a', 59, 3600), {}, false, true],
    ['half of a short life left', tokenSet('a', 30, 60), {}, true, true],
    ['less than half of a short life left', tokenSet('a', 29, 60), {}, false, true],
    ['an unknown lifetime: a minute', tokenSet('a', 59), {}, false, true],
    ['no expiry', tokenSet('a'), { minimumValiditySeconds: 1e9 }, true, true],
    ['its last second', tokenSet('a', 1, 3600), {}, false, true],
    ['no time left', tokenSet('a', 0, 3600), {}, false, false],
    [
      'exactly what is wanted',
      tokenSet('a', 300, 3600),
      { minimumValiditySeconds: 300 },
      true,
      true,
    ],
    ['less than is wanted', tokenSet('a', 299, 3600), { minimumValiditySeconds: 300 }, false, true],
    ['been refused', tokenSet('a', 3000, 3600), { refused: 'a' }, false, false],
    ['a refused predecessor', tokenSet('b', 3000, 3600), { refused: 'a' }, true, true],
  ])('of a token with %s', (_, one, wanted, isSufficient, isLastResort) => {
    const wish = { ...PLAIN, ...wanted };
    expect(sufficient(held(one), wish, NOW)).toBe(isSufficient ? one : undefined);
    expect(lastResort(held(one), wish, NOW)).toBe(isLastResort ? one : undefined);
  });

  it('take no token without time left, even where no validity is asked for', () => {
    const over = tokenSet('a', 0, 3600);
    const wish = { ...PLAIN, minimumValiditySeconds: 0 };
    expect(sufficient(held(over), wish, NOW - 1)).toBe(over);
    expect(sufficient(held(over), wish, NOW)).toBeUndefined();
  });
});

describe('isBeyondLifetime', () => {
  it.each<[number | undefined, number | undefined, boolean]>([
    [3600, undefined, false],
    [3600, 3600, false],
    [3600, 3601, true],
    [undefined, 1e9, false],
  ])('of a token that lives %s s when %s s are wanted: %s', (lifetime, wanted, expected) => {
    const one = tokenSet('a', 10, lifetime);
    const wish = { ...PLAIN, minimumValiditySeconds: wanted };
    expect(isBeyondLifetime(held(one), wish)).toBe(expected);
  });

  it('is not known of a token that is not held', () => {
    const wish = { ...PLAIN, audience: 'orders', minimumValiditySeconds: 1e9 };
    expect(isBeyondLifetime(held(tokenSet('a', 10, 60)), wish)).toBe(false);
  });
});

describe('isSameWish', () => {
  it.each<[Partial<WantedToken>, boolean]>([
    [{}, true],
    [{ scope: [] }, true],
    [{ audience: 'orders' }, false],
    [{ scope: ['a'] }, false],
    [{ minimumValiditySeconds: 5 }, false],
    [{ refused: 'a' }, false],
  ])('of the plain one and %j: %s', (wanted, expected) => {
    expect(isSameWish(PLAIN, { ...PLAIN, ...wanted })).toBe(expected);
  });
});

describe('longestLife', () => {
  it.each<[number[], number]>([
    [[100], 100],
    [[100, 300, 200], 300],
    [[-5, -1], -1],
    [[100, Infinity], Infinity],
  ])('of %j is %s', (remaining, expected) => {
    const [own = 0, ...others] = remaining.map((one) =>
      tokenSet('a', one === Infinity ? undefined : one),
    );
    const further = others.map((one) => ({ audience: 'x', requestedScope: [], tokenSet: one }));
    expect(longestLife(held(own as TokenSet, ...further), NOW)).toBe(expected);
  });
});
