import { describe, expect, it } from 'vitest';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { RefreshPauses } from './refresh-pauses.js';

const WANTED = {
  audience: undefined,
  scope: [],
  minimumValiditySeconds: undefined,
  refused: undefined,
};

function outage(retryAfterSeconds?: number): UpbondAuthException {
  const asked = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  return new UpbondAuthException('temporarily_unavailable', asked);
}

describe('the pause after a refresh that failed', () => {
  it.each([
    ['says nothing', undefined, 1],
    ['asks for nothing', 0, 1],
    ['asks for half a minute', 30, 30],
    ['asks for a day', 86_400, 3600],
  ])('of a server that %s', (_what, asked, seconds) => {
    let now = 1_000_000;
    const pauses = new RefreshPauses(() => now);
    pauses.failed('key', WANTED, outage(asked));
    now += seconds - 0.1;
    expect(() => pauses.assertOver('key', WANTED)).toThrow(UpbondAuthException);
    now += 0.2;
    expect(() => pauses.assertOver('key', WANTED)).not.toThrow();
  });
});
