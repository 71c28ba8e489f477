import { describe, expect, it } from 'vitest';
import { cookieNames } from './cookie-names.js';

describe('cookieNames', () => {
  it.each([
    [true, '__Host-upbond-AbC123-'],
    [false, 'upbond-AbC123-'],
  ])('start with __Host- only on https: %s', (secure, prefix) => {
    expect(cookieNames('AbC123', secure)).toEqual({
      prefix,
      transaction: `${prefix}t-`,
      session: `${prefix}s-`,
      tombstone: `${prefix}x-`,
      stepUp: `${prefix}u`,
    });
  });
});
