import { describe, expect, it } from 'vitest';
import { ERROR_CODES, isErrorCode } from './error-codes.js';

describe('ERROR_CODES', () => {
  it.each(Object.entries(ERROR_CODES))('%s has a status and a sentence', (code, entry) => {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect([400, 401, 403, 500, 501, 502, 503]).toContain(entry.status);
    expect(entry.message).toMatch(/^[A-Z].*[.?!]$/);
    expect(entry.message).not.toMatch(/[<>"&]/);
  });

  it('blames the application only for what it returned, called or wants to keep', () => {
    const own = Object.entries(ERROR_CODES).filter(([, { status }]) => status === 500);
    expect(own.map(([code]) => code)).toEqual([
      'on_login_invalid',
      'origin_not_configured',
      'session_too_large',
    ]);
  });
});

describe('isErrorCode', () => {
  it.each<[unknown, boolean]>([
    ['access_denied', true],
    ['state_mismatch', true],
    ['ACCESS_DENIED', false],
    ['', false],
    ['constructor', false],
    ['__proto__', false],
    ['toString', false],
    [undefined, false],
    [null, false],
    [['access_denied'], false],
  ])('of %j is %s', (value, expected) => {
    expect(isErrorCode(value)).toBe(expected);
  });
});
