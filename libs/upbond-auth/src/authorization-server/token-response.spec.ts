import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { checkTokenResponse } from './token-response.js';

const REQUESTED = ['openid', 'profile'];
const MINIMAL = { access_token: 'at', token_type: 'Bearer' };
const check = (members: Record<string, unknown>) =>
  checkTokenResponse({ ...MINIMAL, ...members }, REQUESTED);

describe('checkTokenResponse', () => {
  it('takes the answer that Login 3.0 documents', () => {
    const members = { refresh_token: 'rt', id_token: 'a.b.c', expires_in: 86400 };
    expect(check(members)).toEqual({
      accessToken: 'at',
      tokenType: 'Bearer',
      refreshToken: 'rt',
      idToken: 'a.b.c',
      scope: REQUESTED,
      expiresIn: 86400,
    });
  });

  it('takes the least that RFC 6749 §5.1 requires', () => {
    expect(check({})).toEqual({
      accessToken: 'at',
      tokenType: 'Bearer',
      refreshToken: undefined,
      idToken: undefined,
      scope: REQUESTED,
      expiresIn: undefined,
    });
  });

  const accepted: [string, Record<string, unknown>, Record<string, unknown>][] = [
    ['token_type in any case', { token_type: 'bEARER' }, { tokenType: 'Bearer' }],
    ['expires_in 0', { expires_in: 0 }, { expiresIn: 0 }],
    ['expires_in in digits', { expires_in: '3600' }, { expiresIn: 3600 }],
    ['expires_in with a zero fraction', { expires_in: 3600.0 }, { expiresIn: 3600 }],
    ['expires_in of ten years', { expires_in: 315_360_000 }, { expiresIn: 315_360_000 }],
    ['no refresh_token written as null', { refresh_token: null }, { refreshToken: undefined }],
    ['no id_token written as null', { id_token: null }, { idToken: undefined }],
    ['another scope', { scope: 'openid read:contacts' }, { scope: ['openid', 'read:contacts'] }],
    ['an empty scope: nothing granted', { scope: '' }, { scope: [] }],
    ['repeated scope values', { scope: 'openid  openid ' }, { scope: ['openid'] }],
    ['an access token of 16 kB', { access_token: 'x'.repeat(16_384) }, {}],
    ['unknown members', { session_state: {}, constructor: 1 }, {}],
  ];
  it.each(accepted)('takes %s', (_name, members, expected) => {
    expect(check(members)).toMatchObject(expected);
  });

  const refused: [string, Record<string, unknown>][] = [
    ['no access_token', { access_token: undefined }],
    ['an empty access_token', { access_token: '' }],
    ['access_token null', { access_token: null }],
    ['a number as access_token', { access_token: 1 }],
    ['an array as access_token', { access_token: ['at'] }],
    ['a line break in access_token', { access_token: 'a\r\nX-Evil: 1' }],
    ['a space in access_token', { access_token: 'a b' }],
    ['access_token that is not ASCII', { access_token: 'ä' }],
    ['an access_token beyond 16 kB', { access_token: 'x'.repeat(16_385) }],
    ['no token_type', { token_type: undefined }],
    ['token_type DPoP', { token_type: 'DPoP' }],
    ['token_type mac', { token_type: 'mac' }],
    ['token_type null', { token_type: null }],
    ['token_type with a space', { token_type: 'Bearer ' }],
    ['an empty refresh_token', { refresh_token: '' }],
    ['a refresh_token object', { refresh_token: {} }],
    ['refresh_token false', { refresh_token: false }],
    ['a refresh_token beyond 16 kB', { refresh_token: 'x'.repeat(16_385) }],
    ['an empty id_token', { id_token: '' }],
    ['an id_token object', { id_token: { sub: 'x' } }],
    ['an id_token beyond 16 kB', { id_token: 'x'.repeat(16_385) }],
    ['expires_in null', { expires_in: null }],
    ['expires_in negative', { expires_in: -1 }],
    ['expires_in "-1"', { expires_in: '-1' }],
    ['expires_in NaN', { expires_in: Number.NaN }],
    ['expires_in "NaN"', { expires_in: 'NaN' }],
    ['expires_in Infinity', { expires_in: Infinity }],
    ['expires_in 1e400', { expires_in: JSON.parse('1e400') }],
    ['expires_in 1e12', { expires_in: 1e12 }],
    ['expires_in "1e3"', { expires_in: '1e3' }],
    ['expires_in "36x"', { expires_in: '36x' }],
    ['expires_in "0x10"', { expires_in: '0x10' }],
    ['expires_in " 36"', { expires_in: ' 36' }],
    ['expires_in ""', { expires_in: '' }],
    ['expires_in "٣٦"', { expires_in: '٣٦' }],
    ['expires_in with a fraction', { expires_in: 0.5 }],
    ['expires_in of eleven years', { expires_in: 346_896_000 }],
    ['expires_in true', { expires_in: true }],
    ['expires_in [3600]', { expires_in: [3600] }],
    ['scope null', { scope: null }],
    ['a scope array', { scope: ['openid'] }],
    ['a quote in scope', { scope: 'open"id' }],
    ['a backslash in scope', { scope: 'open\\id' }],
    ['a line break in scope', { scope: 'openid\nadmin' }],
    ['a scope beyond 16 kB', { scope: 'x'.repeat(16_385) }],
  ];
  it.each(refused)('refuses %s', (_name, members) => {
    expect(() => check(members)).toThrow(
      expect.objectContaining({ code: 'token_response_invalid' }),
    );
  });

  it('never repeats a token in the detail', () => {
    for (const name of ['access_token', 'refresh_token', 'id_token', 'scope', 'expires_in']) {
      try {
        check({ [name]: 'secret\n' });
        expect.unreachable();
      } catch (error) {
        expect((error as UpbondAuthException).detail).not.toContain('secret');
      }
    }
  });

  it('whatever comes: a checked response or token_response_invalid', () => {
    const members = fc.record(
      {
        access_token: fc.oneof(fc.constant('at'), fc.anything()),
        token_type: fc.oneof(fc.constant('bearer'), fc.anything()),
        expires_in: fc.anything(),
        refresh_token: fc.anything(),
        id_token: fc.anything(),
        scope: fc.anything(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(members, (json) => {
        try {
          const { accessToken, expiresIn, scope } = checkTokenResponse(json, REQUESTED);
          expect(accessToken).toMatch(/^[\x21-\x7e]+$/);
          expect(expiresIn === undefined || expiresIn >= 0).toBe(true);
          expect(Array.isArray(scope)).toBe(true);
        } catch (error) {
          expect((error as UpbondAuthException).code).toBe('token_response_invalid');
        }
      }),
    );
  });
});
