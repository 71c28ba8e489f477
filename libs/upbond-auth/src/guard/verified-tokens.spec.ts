import { describe, expect, it } from 'vitest';
import { VerifiedTokens } from './verified-tokens.js';

describe('VerifiedTokens', () => {
  it('remembers until the expiry, not a moment longer', () => {
    let now = 100;
    const tokens = new VerifiedTokens<{ exp: number }>(() => now);
    tokens.remember('digest', { exp: 200 });
    now = 199.9;
    expect(tokens.get('digest')).toEqual({ exp: 200 });
    now = 200;
    expect(tokens.get('digest')).toBeUndefined();
    expect(tokens.size).toBe(0);
  });

  it('does not remember what has expired within the leeway', () => {
    const tokens = new VerifiedTokens<{ exp: number }>(() => 200);
    tokens.remember('digest', { exp: 200 });
    expect(tokens.size).toBe(0);
  });

  it('forgets the oldest when it is full', () => {
    const tokens = new VerifiedTokens<{ exp: number }>(() => 0, 2);
    for (const digest of ['a', 'b', 'c']) tokens.remember(digest, { exp: 1 });
    expect([tokens.size, tokens.get('a'), tokens.get('c')]).toEqual([2, undefined, { exp: 1 }]);
  });

  it('holds 5000 unless it is told otherwise', () => {
    const tokens = new VerifiedTokens<{ exp: number }>(() => 0);
    for (let index = 0; index < 5100; index += 1) tokens.remember(`${index}`, { exp: 1 });
    expect([tokens.size, tokens.get('99'), tokens.get('100')]).toEqual([
      5000,
      undefined,
      { exp: 1 },
    ]);
  });

  it('is keyed by a digest of the whole token', () => {
    const tokens = new VerifiedTokens<{ exp: number }>(() => 0);
    expect(tokens.digest('a.b.c')).toHaveLength(44);
    expect(tokens.digest('a.b.c')).not.toBe(tokens.digest('a.b.d'));
  });
});
