import { describe, expect, it, vi } from 'vitest';
import { unavailable } from '../authorization-server/unavailable.js';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { AccessTokenClaims } from './access-token-claims.js';
import { OpaqueTokens } from './opaque-tokens.js';

const NOW = 1_800_000_000;

type Ask = (token: string) => Promise<AccessTokenClaims>;

const invalid = () => new UpbondAuthException('invalid_token', { detail: 'not accepted' });

/** The memory over a server that says of each token that it is its own subject. */
function setUp({ exp = NOW + 600, opaqueAccessTokenCacheSeconds = 60 } = {}) {
  const clock = { now: NOW };
  const ask = vi.fn<Ask>((sub) => Promise.resolve({ sub, exp }));
  const tokens = new OpaqueTokens({ opaqueAccessTokenCacheSeconds }, { ask }, () => clock.now);
  const outcome = async (token = 'a'): Promise<string> => {
    try {
      return (await tokens.verify(token)).sub;
    } catch (error) {
      return (error as UpbondAuthException).code;
    }
  };
  return { clock, ask, tokens, outcome };
}

describe('OpaqueTokens', () => {
  it('asks once until the cache time is over', async () => {
    const { clock, ask, outcome } = setUp();
    for (const after of [0, 1, 59.9]) {
      clock.now = NOW + after;
      expect(await outcome()).toBe('a');
    }
    expect(ask).toHaveBeenCalledTimes(1);
    clock.now = NOW + 60;
    await outcome();
    expect(ask).toHaveBeenCalledTimes(2);
  });

  it('never counts on an answer past the expiry of the token', async () => {
    const { clock, ask, outcome } = setUp({ exp: NOW + 10 });
    await outcome();
    clock.now = NOW + 10;
    ask.mockRejectedValue(invalid());
    expect(await outcome()).toBe('invalid_token');
  });

  it('counts the cache time from the question', async () => {
    const { clock, ask, outcome } = setUp();
    ask.mockImplementationOnce((sub) => {
      clock.now = NOW + 59;
      return Promise.resolve({ sub, exp: NOW + 600 });
    });
    await outcome();
    clock.now = NOW + 60;
    await outcome();
    expect(ask).toHaveBeenCalledTimes(2);
  });

  it('asks for every request when nothing is to be cached', async () => {
    const { ask, outcome } = setUp({ opaqueAccessTokenCacheSeconds: 0 });
    expect([await outcome(), await outcome()]).toEqual(['a', 'a']);
    expect(ask).toHaveBeenCalledTimes(2);
  });

  it('each token gets its own answer, and the same one in flight is asked about once', async () => {
    const { ask, outcome } = setUp();
    const names = ['a', 'b', 'a', 'c', 'b', 'a', 'a '];
    expect(await Promise.all(names.map(outcome))).toEqual(names);
    expect(ask).toHaveBeenCalledTimes(4);
    expect(await Promise.all(names.map(outcome))).toEqual(names);
    expect(ask).toHaveBeenCalledTimes(4);
  });

  it('one bad token costs one question in five seconds', async () => {
    const { clock, ask, outcome } = setUp();
    ask.mockRejectedValueOnce(invalid());
    const flood = Array.from({ length: 1000 }, () => outcome());
    expect(new Set(await Promise.all(flood))).toEqual(new Set(['invalid_token']));
    clock.now = NOW + 4.9;
    expect(await outcome()).toBe('invalid_token');
    expect(ask).toHaveBeenCalledTimes(1);
    clock.now = NOW + 5;
    expect(await outcome()).toBe('a');
  });

  it('remembers no failure of the server, and serves what it knows meanwhile', async () => {
    const { clock, ask, outcome } = setUp();
    await outcome('known');
    ask.mockRejectedValue(unavailable('down'));
    expect([await outcome(), await outcome()]).toEqual(Array(2).fill('temporarily_unavailable'));
    expect(ask).toHaveBeenCalledTimes(3);
    clock.now = NOW + 59;
    expect(await outcome('known')).toBe('known');
    clock.now = NOW + 60;
    expect(await outcome('known')).toBe('temporarily_unavailable');
  });

  it('asks about 64 tokens at once, and about none twice; what it knows is served', async () => {
    const { ask, tokens, outcome } = setUp();
    await outcome('known');
    const waiting: (() => void)[] = [];
    ask.mockImplementation(
      (sub) => new Promise((resolve) => waiting.push(() => resolve({ sub, exp: NOW + 600 }))),
    );
    const flood = Array.from({ length: 64 }, (_, index) => outcome(`t${index}`));
    expect(await outcome('one too many')).toBe('temporarily_unavailable');
    expect(await outcome('known')).toBe('known');
    const joined = outcome('t0');
    expect(tokens.size).toBe(65);
    for (const answer of waiting) answer();
    expect([await joined, ...(await Promise.all(flood))]).toHaveLength(65);
    expect(ask).toHaveBeenCalledTimes(65);
    ask.mockImplementation((sub) => Promise.resolve({ sub, exp: NOW + 600 }));
    expect(await outcome('one too many')).toBe('one too many');
  });

  it('many bad tokens need no more memory and crowd out no good one', async () => {
    const { ask, tokens, outcome } = setUp();
    await outcome('good');
    ask.mockImplementation(() => Promise.reject(invalid()));
    for (let index = 0; index < 10_000; index += 1) await outcome(`bad ${index}`);
    expect(tokens.size).toBe(5001);
    expect(await outcome('good')).toBe('good');
    expect(ask).toHaveBeenCalledTimes(10_001);
  });

  it('many good tokens need no more memory either', async () => {
    const { tokens, outcome } = setUp();
    for (let index = 0; index < 6000; index += 1) await outcome(`good ${index}`);
    expect(tokens.size).toBe(5000);
  });
});
