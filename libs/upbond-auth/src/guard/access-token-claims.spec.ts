import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { checkAccessTokenClaims, type AccessTokenExpectations } from './access-token-claims.js';

const NOW = 1_800_000_000;
const ISSUER = 'https://auth3.upbond.io/';
const API = 'https://api.example.com';
const CLIENT = 'client';

const good = {
  iss: ISSUER,
  sub: 'did:key:z6MkiMw3ZvDtBWiKjJm7vwijZKkMYajgH4W2BUNGfCyEvQhV',
  aud: API,
  exp: NOW + 3600,
  iat: NOW,
  scope: 'openid read:contacts',
};
const expected: AccessTokenExpectations = {
  profile: 'login-3.0',
  acceptedIssuers: [ISSUER],
  audiences: [API, 'urn:other-api'],
  clientId: CLIENT,
  acceptsIdTokens: false,
  leewaySeconds: 60,
  now: NOW,
};
const rfc9068 = { profile: 'rfc9068' };
const idTokens = { acceptsIdTokens: true };
const complete = { client_id: 'a', jti: 'b' };
const idToken = { aud: CLIENT, nonce: 'n', at_hash: 'h', scope: undefined };

function outcome(claims: object, more: object = {}): string {
  try {
    checkAccessTokenClaims(claims as Record<string, unknown>, { ...expected, ...more });
    return 'accepted';
  } catch (error) {
    return (error as UpbondAuthException).code;
  }
}

/** A table of single changes to good claims; a change to `undefined` takes the claim away. */
function table(code: string, rows: [name: string, change: object, more?: object][]): void {
  it.each(rows)(`${code}: %s`, (_, change, more = {}) => {
    const claims = Object.entries({ ...good, ...change }).filter(([, one]) => one !== undefined);
    expect(outcome(Object.fromEntries(claims), more)).toBe(code);
  });
}

describe('checkAccessTokenClaims', () => {
  it('accepts good claims: each refusal below is for its change alone', () => {
    expect(outcome(good)).toBe('accepted');
  });

  describe('issuer', () => {
    table('accepted', [['one of two', {}, { acceptedIssuers: ['https://a', ISSUER] }]]);
    table('invalid_token', [
      ['missing', { iss: undefined }],
      ['without its slash', { iss: ISSUER.slice(0, -1) }],
      ['longer', { iss: `${ISSUER}x` }],
      ['another', { iss: 'https://evil.example' }],
      ['a list', { iss: [ISSUER] }],
      ['other letter case', { iss: ISSUER.toUpperCase() }],
    ]);
  });

  describe('audience', () => {
    table('accepted', [
      ['a list of one', { aud: [API] }],
      ['a list with others', { aud: ['https://auth3.upbond.io/userinfo', API] }],
      ['another one of ours', { aud: 'urn:other-api' }],
    ]);
    table('invalid_token', [
      ['missing', { aud: undefined }],
      ['empty', { aud: [] }],
      ['another API', { aud: 'https://other.example.com' }],
      ['a longer one', { aud: `${API}/` }],
      ['a part of one', { aud: API.slice(0, -1) }],
      ['a number beside it', { aud: [API, 1] }],
      ['an object', { aud: { [API]: true } }],
      ['null', { aud: null }],
      ['more than 50', { aud: Array(51).fill(API) }],
      ['nothing configured', {}, { audiences: [] }],
    ]);
  });

  describe('times', () => {
    table('accepted', [
      ['expired within the leeway', { exp: NOW - 59, iat: NOW - 100 }],
      ['issued ahead within the leeway', { iat: NOW + 60 }],
      ['valid from within the leeway', { nbf: NOW + 60 }],
      ['without iat in the own profile', { iat: undefined }],
      ['fractions', { exp: NOW + 0.5 }],
    ]);
    table('invalid_token', [
      ['without exp', { exp: undefined }],
      ['expired', { exp: NOW - 60, iat: NOW - 100 }],
      ['exp as text', { exp: String(NOW + 60) }],
      ['exp null', { exp: null }],
      ['exp not finite', { exp: Infinity }],
      ['exp negative', { exp: -1 }],
      ['issued ahead', { iat: NOW + 61 }],
      ['iat as text', { iat: 'now' }],
      ['not valid yet', { nbf: NOW + 61 }],
      ['nbf as text', { nbf: '0' }],
      ['nbf null', { nbf: null }],
      ['expires when issued', { iat: NOW, exp: NOW }],
      ['auth_time as text', { auth_time: 'today' }],
    ]);
  });

  describe('subject, scope and other texts', () => {
    table('accepted', [
      ['no scope', { scope: undefined }],
      ['a long subject', { sub: 'a'.repeat(255) }],
      ['a claim of another name', { 'https://app.example.com/roles': ['admin'] }],
    ]);
    table('invalid_token', [
      ['no subject', { sub: undefined }],
      ['an empty subject', { sub: '' }],
      ['a subject that is too long', { sub: 'a'.repeat(256) }],
      ['a subject that is a number', { sub: 1 }],
      ['a list of scopes', { scope: ['read:contacts'] }],
      ['scope null', { scope: null }],
      ['a scope without end', { scope: 'a'.repeat(8193) }],
      ['a client_id that is a list', { client_id: ['a'] }],
      ['an azp that is a number', { azp: 1 }],
      ['an acr that is a list', { acr: ['gold'] }],
      ['a jti without end', { jti: 'a'.repeat(2049) }],
    ]);
  });

  describe('the profile of RFC 9068', () => {
    table('accepted', [['complete', complete, rfc9068]]);
    table('invalid_token', [
      ['without client_id', { ...complete, client_id: undefined }, rfc9068],
      ['with an empty client_id', { ...complete, client_id: '' }, rfc9068],
      ['without jti', { ...complete, jti: undefined }, rfc9068],
      ['without iat', { ...complete, iat: undefined }, rfc9068],
    ]);
  });

  describe('tokens of another kind', () => {
    table('invalid_token', [
      ['a nonce', { nonce: 'n' }],
      ['at_hash', { at_hash: 'h' }],
      ['c_hash', { c_hash: 'h' }],
      ['s_hash', { s_hash: 'h' }],
      ['the client id as audience', { aud: CLIENT }],
      ['the client id beside the audience', { aud: [API, CLIENT] }],
      ['the client id, although it is configured', { aud: CLIENT }, { audiences: [CLIENT] }],
      ['an ID token', idToken],
      ['an ID token that calls itself at+jwt', { ...idToken, ...complete }, rfc9068],
      ['a logout token', { events: {} }],
      ['a logout token, where ID tokens are accepted', { ...idToken, events: {} }, idTokens],
    ]);
  });

  describe('with dangerouslyAcceptIdTokens', () => {
    table('accepted', [
      ['an ID token of this client', idToken, idTokens],
      ['with azp', { ...idToken, azp: CLIENT }, idTokens],
      ['access tokens as before', {}, idTokens],
    ]);
    table('invalid_token', [
      ['an ID token of another client', { ...idToken, aud: 'other' }, idTokens],
      ['for another party', { ...idToken, azp: 'other' }, idTokens],
      ['for this client among others', { ...idToken, aud: [CLIENT, 'other'] }, idTokens],
      ['for the API, with a nonce', { nonce: 'n' }, idTokens],
      ['that calls itself at+jwt', { ...idToken, ...complete }, { ...idTokens, ...rfc9068 }],
    ]);
  });

  it('refuses or accepts any claims at all, and throws nothing else', () => {
    const claims = fc.dictionary(
      fc.constantFrom(...Object.keys(good), 'nbf', 'azp'),
      fc.anything(),
    );
    fc.assert(
      fc.property(claims, (change) => {
        expect(['accepted', 'invalid_token']).toContain(outcome({ ...good, ...change }));
      }),
    );
  });
});
