import { beforeEach, describe, expect, it } from 'vitest';
import type { UpbondAuthErrorCode } from '../errors/error-codes.js';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { RefreshPauses } from './refresh-pauses.js';
import type { WantedToken } from './wanted-token.js';

const PLAIN: WantedToken = {
  audience: undefined,
  scope: [],
  minimumValiditySeconds: undefined,
  refused: undefined,
};
const ORDERS: WantedToken = { ...PLAIN, audience: 'orders' };

const failure = (code: UpbondAuthErrorCode, retryAfterSeconds?: number) =>
  new UpbondAuthException(code, retryAfterSeconds === undefined ? {} : { retryAfterSeconds });

describe('RefreshPauses', () => {
  let now: number;
  let pauses: RefreshPauses;
  beforeEach(() => {
    now = 1000;
    pauses = new RefreshPauses(() => now);
  });

  function refusal(key: string, wanted = PLAIN): UpbondAuthException | undefined {
    try {
      pauses.assertOver(key, wanted);
      return undefined;
    } catch (error) {
      return error as UpbondAuthException;
    }
  }

  /** For how many whole seconds from now a wish pauses. */
  function pauseOf(key: string, wanted = PLAIN): number {
    const before = now;
    while (refusal(key, wanted)) now++;
    const seconds = now - before;
    now = before;
    return seconds;
  }

  it('doubles from a second up to thirty, and begins again after a success', () => {
    const seconds = Array.from({ length: 7 }, () => {
      pauses.failed('a', PLAIN, failure('temporarily_unavailable'));
      const pause = pauseOf('a');
      now += pause;
      return pause;
    });
    expect(seconds).toEqual([1, 2, 4, 8, 16, 30, 30]);
    pauses.succeeded('a');
    pauses.failed('a', PLAIN, failure('temporarily_unavailable'));
    expect(pauseOf('a')).toBe(1);
  });

  it('is one session alone unless the server asks for it', () => {
    pauses.failed('a', PLAIN, failure('temporarily_unavailable'));
    expect([pauseOf('a', ORDERS), pauseOf('b')]).toEqual([1, 0]);
  });

  it.each([
    [7, 7],
    [3600, 3600],
    [86_400, 3600],
  ])('is what the server asks for, for everybody: %s s, %s s', (asked, expected) => {
    pauses.failed('a', PLAIN, failure('temporarily_unavailable', asked));
    expect([pauseOf('a'), pauseOf('b', ORDERS)]).toEqual([expected, expected]);
  });

  it('is the usual one when the server asks for none', () => {
    pauses.failed('a', PLAIN, failure('temporarily_unavailable', 0));
    expect([pauseOf('a'), pauseOf('b')]).toEqual([1, 0]);
  });

  it('says when it is over', () => {
    pauses.failed('a', PLAIN, failure('temporarily_unavailable', 10));
    now += 2.5;
    expect(refusal('b')).toMatchObject({
      code: 'temporarily_unavailable',
      headers: { 'Retry-After': '8' },
    });
  });

  it.each<UpbondAuthErrorCode>(['audience_not_granted', 'session_too_large'])(
    'is a minute for a wish that is in vain (%s), and no other one',
    (code) => {
      const error = failure(code);
      pauses.failed('a', ORDERS, error);
      expect(refusal('a', ORDERS)).toBe(error);
      expect([pauseOf('a', ORDERS), pauseOf('a'), pauseOf('b', ORDERS)]).toEqual([60, 0, 0]);
    },
  );

  it('is none after invalid_grant: there is nothing to wait for', () => {
    pauses.failed('a', PLAIN, failure('invalid_grant'));
    expect(pauseOf('a')).toBe(0);
  });

  it('keeps what is no exception of ours for the log', () => {
    const bug = new TypeError('a bug');
    pauses.failed('a', PLAIN, bug);
    expect(refusal('a')).toMatchObject({ code: 'temporarily_unavailable', cause: bug });
  });

  it('forgets the oldest of more than 10,000', () => {
    for (let index = 0; index <= 10_000; index++) {
      pauses.failed(`key ${index}`, PLAIN, failure('temporarily_unavailable'));
    }
    expect([pauseOf('key 0'), pauseOf('key 1')]).toEqual([0, 1]);
  });
});
