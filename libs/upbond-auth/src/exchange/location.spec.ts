import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asciiLocation } from './location.js';

describe('asciiLocation', () => {
  it.each([
    ['/me?a=%20&b=1#c', '/me?a=%20&b=1#c'],
    [
      'https://login.example/ログイン?x=1',
      'https://login.example/%E3%83%AD%E3%82%B0%E3%82%A4%E3%83%B3?x=1',
    ],
    ['/caf\u00e9', '/caf%C3%A9'],
    ['/a b\r\nSet-Cookie: c', '/a%20b%0D%0ASet-Cookie:%20c'],
    ['/\ud800', '/%EF%BF%BD'],
  ])('writes %j as %j', (location, expected) => {
    expect(asciiLocation(location)).toBe(expected);
  });

  it('is always something that a header can carry', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(asciiLocation(text)).toMatch(/^[\x21-\x7e]*$/);
      }),
    );
  });
});
