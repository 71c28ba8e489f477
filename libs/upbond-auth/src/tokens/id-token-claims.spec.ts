import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { checkIdTokenClaims, type IdTokenExpectations } from './id-token-claims.js';

const NOW = 1_800_000_000;
const LEEWAY = 60;
const ISSUER = 'https://auth3.upbond.io/';
const CLIENT = 'client';
/** By sha512sum: the left half of the digest of `the-access-token`, in base64url. */
const LITERAL_EDDSA = 'B7p8o12G5vm-9CEZGSanwzMw-leqyauPjU1ebdjBHYw';

const good = {
  iss: ISSUER,
  sub: 'did:key:z6MkiMw3ZvDtBWiKjJm7vwijZKkMYajgH4W2BUNGfCyEvQhV',
  aud: CLIENT,
  exp: NOW + 3600,
  iat: NOW,
  nonce: 'the-nonce',
};
const expected: IdTokenExpectations = {
  acceptedIssuers: [ISSUER],
  clientId: CLIENT,
  nonce: 'the-nonce',
  accessToken: 'the-access-token',
  algorithm: 'RS256',
  leewaySeconds: LEEWAY,
  now: NOW,
};

function outcome(claims: object, expectations: Partial<IdTokenExpectations> = {}): string {
  try {
    checkIdTokenClaims(claims as Record<string, unknown>, { ...expected, ...expectations });
    return 'accepted';
  } catch (error) {
    return (error as UpbondAuthException).code;
  }
}

/** A table of single changes to good claims; a change to `undefined` takes the claim away. */
function table(code: string, rows: [name: string, change: object, more?: object][]): void {
  const verb = code === 'accepted' ? 'accepts' : `refuses as ${code}`;
  it.each(rows)(`${verb}: %s`, (_, change, more = {}) => {
    const claims = Object.entries({ ...good, ...change }).filter(
      ([, value]) => value !== undefined,
    );
    expect(outcome(Object.fromEntries(claims), more)).toBe(code);
  });
}

describe('checkIdTokenClaims', () => {
  it('accepts good claims: each refusal below is for its change alone', () => {
    expect(outcome(good)).toBe('accepted');
  });

  describe('issuer, §3.1.3.7 (2)', () => {
    table('accepted', [
      ['one of several issuers', {}, { acceptedIssuers: ['https://auth3.upbond.io', ISSUER] }],
    ]);
    table('id_token_issuer_mismatch', [
      ['no iss', { iss: undefined }],
      ['another iss', { iss: 'https://evil.example/' }],
      ['iss without its slash', { iss: 'https://auth3.upbond.io' }],
      ['iss in capitals', { iss: ISSUER.toUpperCase() }],
      ['an empty iss', { iss: '' }],
      ['an array', { iss: [ISSUER] }],
      ['null', { iss: null }],
      ['no issuer that could be right', {}, { acceptedIssuers: [] }],
    ]);
  });

  describe('audience, §3.1.3.7 (3) to (5)', () => {
    table('accepted', [
      ['us in an array', { aud: [CLIENT] }],
      ['us as azp', { azp: CLIENT }],
    ]);
    table('id_token_audience_missing', [['no aud', { aud: undefined }]]);
    table('id_token_audience_mismatch', [
      ['another client', { aud: 'other' }],
      ['an empty aud', { aud: '' }],
      ['an empty array', { aud: [] }],
      ['us in capitals', { aud: 'CLIENT' }],
      ['us and somebody else', { aud: [CLIENT, 'other'] }],
      ['somebody else and us, with our azp', { aud: ['other', CLIENT], azp: CLIENT }],
      ['us twice', { aud: [CLIENT, CLIENT] }],
      ['a foreign azp', { azp: 'other' }],
      ['an azp of another type', { azp: [CLIENT] }],
      ['azp null', { azp: null }],
    ]);
    table('id_token_malformed', [
      ['a number', { aud: 1 }],
      ['null', { aud: null }],
      ['an object', { aud: { 0: CLIENT } }],
      ['an array that is not of strings', { aud: [CLIENT, 1] }],
      ['an array in an array', { aud: [[CLIENT]] }],
    ]);
  });

  describe('times, §3.1.3.7 (9) and (10)', () => {
    table('accepted', [
      ['an exp within the leeway', { exp: NOW - LEEWAY + 1, iat: NOW - 100 }],
      ['an iat within the leeway', { iat: NOW + LEEWAY }],
      ['an iat of an hour ago', { iat: NOW - 3600 }],
      ['fractions of seconds', { iat: NOW - 0.5, exp: NOW + 0.5 }],
      ['a past nbf', { nbf: NOW - 1 }],
      ['an nbf within the leeway', { nbf: NOW + LEEWAY }],
    ]);
    table('id_token_expired', [
      ['an exp beyond the leeway', { exp: NOW - LEEWAY, iat: NOW - 100 }],
      ['an exp long ago', { exp: 1, iat: 0 }],
      ['an exp now, without leeway', { exp: NOW, iat: NOW - 1 }, { leewaySeconds: 0 }],
      ['an iat in the future', { iat: NOW + LEEWAY + 1, exp: NOW + 3600 }],
      ['an iat of a week ago', { iat: NOW - 7 * 86_400 }],
      ['an iat of milliseconds', { iat: NOW * 1000, exp: NOW * 1000 + 1 }],
      ['an exp before iat', { exp: NOW - 1, iat: NOW }],
      ['an nbf in the future', { nbf: NOW + LEEWAY + 1 }],
    ]);
    const notTimes = [undefined, null, '1800000100', NaN, Infinity, -1, true, [], {}];
    table('id_token_malformed', [
      ...notTimes.map((exp): [string, object] => [`exp ${String(exp)}`, { exp }]),
      ...notTimes.map((iat): [string, object] => [`iat ${String(iat)}`, { iat }]),
      ...notTimes.slice(1).map((nbf): [string, object] => [`nbf ${String(nbf)}`, { nbf }]),
    ]);
  });

  describe('nonce, §3.1.3.7 (11)', () => {
    table('id_token_nonce_missing', [['no nonce', { nonce: undefined }]]);
    table('id_token_nonce_mismatch', [
      ['another nonce', { nonce: 'other' }],
      ['an empty nonce', { nonce: '' }],
      ['a nonce that begins alike', { nonce: 'the-nonce-' }],
      ['a nonce in capitals', { nonce: 'THE-NONCE' }],
      ['null', { nonce: null }],
      ['an array', { nonce: ['the-nonce'] }],
    ]);
  });

  describe('subject and types', () => {
    table('accepted', [
      ['a sub of 255 characters', { sub: 's'.repeat(255) }],
      ['claims that are null', { name: null, email: null, picture: null }],
      ['claims of other kinds', { address: { country: 'JP' }, roles: ['a'], email_verified: true }],
    ]);
    table('id_token_malformed', [
      ...[undefined, null, '', 1, true, ['s'], {}, 's'.repeat(256)].map((sub): [string, object] => [
        `sub ${JSON.stringify(sub)?.slice(0, 20)}`,
        { sub },
      ]),
      ...['sid', 'acr', 'jti', 'name', 'email', 'picture'].flatMap((name): [string, object][] => [
        [`${name} that is no string`, { [name]: { toString: 'x' } }],
        [`${name} of 3 kB`, { [name]: 'x'.repeat(3000) }],
      ]),
      ['a logout token', { events: {} }],
    ]);
  });

  describe('at_hash, §3.1.3.6', () => {
    // OpenID Connect Core, appendices A.3 and A.4
    const appendix = {
      accessToken: 'jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y',
      at_hash: '77QmUPtjPfzWtF2AnpK9RQ',
    };
    const half = (algorithm: string, size: number) =>
      createHash(algorithm).update(expected.accessToken).digest().subarray(0, size);
    const sha256 = half('sha256', 16).toString('base64url');
    const sha512 = half('sha512', 32).toString('base64url');
    const ed25519 = { algorithm: 'EdDSA' };

    table('accepted', [
      ['the example of the specification', { at_hash: appendix.at_hash }, appendix],
      ...['RS256', 'PS256', 'ES256', 'HS256'].map((algorithm): [string, object, object] => [
        `SHA-256 for ${algorithm}`,
        { at_hash: sha256 },
        { algorithm },
      ]),
      ['SHA-512 for EdDSA', { at_hash: sha512 }, ed25519],
      ['the literal vector of EdDSA', { at_hash: LITERAL_EDDSA }, ed25519],
    ]);
    table('id_token_at_hash_mismatch', [
      ['the hash of another token', { at_hash: appendix.at_hash }],
      ['SHA-256 for EdDSA', { at_hash: sha256 }, ed25519],
      ['SHA-512 for RS256', { at_hash: sha512 }],
      ['the whole digest', { at_hash: half('sha256', 32).toString('base64url') }],
      ['padding', { at_hash: `${sha256}==` }],
      ['hexadecimal', { at_hash: half('sha256', 16).toString('hex') }],
      ['an empty text', { at_hash: '' }],
      ['null', { at_hash: null }],
      ['an array', { at_hash: [sha256] }],
    ]);
  });

  describe('auth_time, §3.1.3.7 (13)', () => {
    table('accepted', [
      ['none when it was not asked for', {}],
      ['an old one when it was not asked for', { auth_time: 1 }],
      ['one within max_age', { auth_time: NOW - 300 }, { maxAge: 300 }],
      ['one within the leeway', { auth_time: NOW - 360 }, { maxAge: 300 }],
      ['one of now with max_age 0', { auth_time: NOW }, { maxAge: 0 }],
    ]);
    table('id_token_auth_time_refused', [
      ['none when it was asked for', {}, { maxAge: 300 }],
      ['one that is too old', { auth_time: NOW - 361 }, { maxAge: 300 }],
      ['one before max_age 0', { auth_time: NOW - LEEWAY - 1 }, { maxAge: 0 }],
    ]);
    table('id_token_malformed', [
      ['a text', { auth_time: '1' }, { maxAge: 300 }],
      ['a text that was not asked for', { auth_time: '1' }],
      ['null', { auth_time: null }],
    ]);
  });

  it('checks in the order of the specification', () => {
    const fix: [keyof typeof good, string][] = [
      ['iss', 'id_token_issuer_mismatch'],
      ['aud', 'id_token_audience_missing'],
      ['exp', 'id_token_malformed'],
      ['iat', 'id_token_malformed'],
      ['nonce', 'id_token_nonce_missing'],
      ['sub', 'id_token_malformed'],
    ];
    const claims: Record<string, unknown> = {};
    for (const [name, code] of fix) {
      expect(outcome(claims)).toBe(code);
      claims[name] = good[name];
    }
    expect(outcome(claims)).toBe('accepted');
  });

  it('answers any claims with nothing or one of our exceptions', () => {
    const names = fc.constantFrom(
      ...Object.keys(good),
      'azp',
      'nbf',
      'at_hash',
      'auth_time',
      'sid',
    );
    fc.assert(
      fc.property(fc.dictionary(names, fc.anything()), (changes) => {
        try {
          checkIdTokenClaims({ ...good, ...changes }, expected);
        } catch (error) {
          expect(error).toBeInstanceOf(UpbondAuthException);
        }
      }),
      { numRuns: 500 },
    );
  });
});
