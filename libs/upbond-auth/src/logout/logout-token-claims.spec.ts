import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { checkLogoutTokenClaims, logoutTokenMemorySeconds } from './logout-token-claims.js';

const NOW = 1_700_000_000;
const LEEWAY = 60;
const ISSUER = 'https://login.test/';
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const EXPECTED = {
  acceptedIssuers: [ISSUER],
  clientId: 'client',
  leewaySeconds: LEEWAY,
  now: NOW,
};
const GOOD = {
  iss: ISSUER,
  aud: 'client',
  iat: NOW,
  exp: NOW + 120,
  sub: 'did:key:z6Mk',
  sid: 'session at the server',
  jti: 'one',
  events: { [EVENT]: {} },
};

const check = (claims: Record<string, unknown>, expected = EXPECTED) =>
  checkLogoutTokenClaims({ ...GOOD, ...claims }, expected);

/** Whether a table row's claims are refused with our code; any other error fails the test. */
function isRefused(claims: Record<string, unknown>): boolean {
  const all = Object.entries<unknown>({ ...GOOD, ...claims }).filter(
    ([, value]) => value !== REMOVED,
  );
  try {
    checkLogoutTokenClaims(Object.fromEntries(all), EXPECTED);
    return false;
  } catch (error) {
    if (error instanceof UpbondAuthException && error.code === 'logout_token_invalid') return true;
    throw error;
  }
}

const REMOVED = Symbol('removed');

describe('checkLogoutTokenClaims', () => {
  it('hands on what decides', () => {
    const { iss, iat, jti, sub, sid } = GOOD;
    expect(check({})).toEqual({ iss, iat, jti, sub, sid });
  });

  it.each([
    ['sub alone', { sid: REMOVED }],
    ['sid alone', { sub: REMOVED }],
    ['the audience as a list', { aud: ['client'] }],
    ['a filled event', { events: { [EVENT]: { reason: 'password' } } }],
    ['a second event', { events: { [EVENT]: {}, 'https://other.test/event': {} } }],
    ['claims that nobody knows', { acr: 7, azp: 'somebody', nonce2: 'x' }],
    ['times with fractions', { iat: NOW - 0.5, exp: NOW + 0.5 }],
    ['an iat within the leeway', { iat: NOW + LEEWAY, exp: NOW + 300 }],
    ['an iat five minutes and a leeway ago', { iat: NOW - 300 - LEEWAY }],
    ['an exp within the leeway', { iat: NOW - 100, exp: NOW - LEEWAY + 1 }],
    ['an nbf within the leeway', { nbf: NOW + LEEWAY }],
    ['the longest sub', { sub: 's'.repeat(255) }],
  ])('accepts %s', (_name, claims) => {
    expect(isRefused(claims)).toBe(false);
  });

  it('accepts either spelling of the domain while the issuer is not known', () => {
    const acceptedIssuers = ['https://login.test', ISSUER];
    expect(check({ iss: 'https://login.test' }, { ...EXPECTED, acceptedIssuers }).iss).toBe(
      'https://login.test',
    );
  });

  const refused: [string, Record<string, unknown>][] = [
    ['another issuer', { iss: 'https://evil.test/' }],
    ['the issuer without its slash', { iss: 'https://login.test' }],
    ['no issuer', { iss: REMOVED }],
    ['an issuer in a list', { iss: [ISSUER] }],
    ['another audience', { aud: 'another client' }],
    ['one audience too many', { aud: ['client', 'another client'] }],
    ['the audience twice', { aud: ['client', 'client'] }],
    ['no audience', { aud: REMOVED }],
    ['no audience in the list', { aud: [] }],
    ['an audience of another type', { aud: { client: true } }],
    ['no iat', { iat: REMOVED }],
    ['iat as text', { iat: String(NOW) }],
    ['iat null', { iat: null }],
    ['iat not a number', { iat: Number.NaN }],
    ['a negative iat', { iat: -1 }],
    ['an iat too far ahead', { iat: NOW + LEEWAY + 1, exp: NOW + 300 }],
    ['an iat too long ago', { iat: NOW - 301 - LEEWAY }],
    ['iat in milliseconds', { iat: NOW * 1000, exp: NOW * 1000 + 120 }],
    ['no exp', { exp: REMOVED }],
    ['exp as text', { exp: String(NOW + 120) }],
    ['an infinite exp', { exp: Number.POSITIVE_INFINITY }],
    ['an exp that has passed', { iat: NOW - 200, exp: NOW - LEEWAY }],
    ['an exp before iat', { iat: NOW + 30, exp: NOW + 20 }],
    ['an nbf too far ahead', { nbf: NOW + LEEWAY + 1 }],
    ['nbf as text', { nbf: 'soon' }],
    ['neither sub nor sid', { sub: REMOVED, sid: REMOVED }],
    ['an empty sub', { sub: '' }],
    ['sub as a number', { sub: 7 }],
    ['sub null beside a sid', { sub: null }],
    ['a sub that is too long', { sub: 's'.repeat(256) }],
    ['an empty sid', { sid: '' }],
    ['sid as a list', { sid: ['a'] }],
    ['a sid that is too long', { sid: 's'.repeat(2049) }],
    ['no events', { events: REMOVED }],
    ['events null', { events: null }],
    ['events as text', { events: EVENT }],
    ['events as a list', { events: [EVENT] }],
    ['no event', { events: {} }],
    ['another event', { events: { 'https://schemas.openid.net/event/logout': {} } }],
    ['an event as text', { events: { [EVENT]: '{}' } }],
    ['an event as a list', { events: { [EVENT]: [] } }],
    ['an event null', { events: { [EVENT]: null } }],
    ['an event true', { events: { [EVENT]: true } }],
    ['a nonce', { nonce: 'n' }],
    ['an empty nonce', { nonce: '' }],
    ['a nonce null', { nonce: null }],
    ['no jti', { jti: REMOVED }],
    ['an empty jti', { jti: '' }],
    ['jti as a number', { jti: 1 }],
    ['a jti that is too long', { jti: 'j'.repeat(2049) }],
  ];
  it.each(refused)('refuses %s', (_name, claims) => {
    expect(isRefused({})).toBe(false);
    expect(isRefused(claims)).toBe(true);
  });

  it('answers or refuses any claims, and never fails', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (claims) => {
        expect(typeof isRefused(claims)).toBe('boolean');
      }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(GOOD)), fc.jsonValue(), (name, value) => {
        expect(typeof isRefused({ [name]: value })).toBe('boolean');
      }),
    );
  });

  it('is remembered at least as long as it is accepted', () => {
    const earliest = NOW - LEEWAY;
    const claims = { iat: NOW, exp: NOW + 9999 };
    expect(() => check(claims, { ...EXPECTED, now: earliest })).not.toThrow();
    const forgotten = earliest + logoutTokenMemorySeconds(LEEWAY);
    expect(() => check(claims, { ...EXPECTED, now: forgotten })).toThrow(
      'The logout token cannot be accepted.',
    );
  });
});
