import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bearerChallenge, type Challenge } from './challenge.js';

const realm = 'app.example.com';

describe('bearerChallenge', () => {
  it.each<[Challenge, string]>([
    [{ realm }, 'Bearer realm="app.example.com"'],
    [{ realm, error: 'invalid_token' }, 'Bearer realm="app.example.com", error="invalid_token"'],
    [
      { realm, error: 'insufficient_scope', scope: 'a b', resource_metadata: 'https://a/b' },
      'Bearer realm="app.example.com", error="insufficient_scope", scope="a b", resource_metadata="https://a/b"',
    ],
    [
      { realm, error: 'insufficient_user_authentication', acr_values: 'gold', max_age: '5' },
      'Bearer realm="app.example.com", error="insufficient_user_authentication", acr_values="gold", max_age="5"',
    ],
    [{ realm: 'a"b\\c' }, 'Bearer realm="a\\"b\\\\c"'],
    [{ realm: 'a\r\nSet-Cookie: x=1' }, 'Bearer realm="aSet-Cookie: x=1"'],
    [{ realm: 'caf\u00e9\u0000' }, 'Bearer realm="caf"'],
  ])('%j', (challenge, expected) => {
    expect(bearerChallenge(challenge)).toBe(expected);
  });

  it('never leaves its quotation marks', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (scope) => {
        const text = bearerChallenge({ realm, scope });
        expect(text).toMatch(/^Bearer realm="app.example.com", scope="([ !#-[\]-~]|\\["\\])*"$/);
      }),
    );
  });
});
