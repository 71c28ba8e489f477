import { describe, expect, it } from 'vitest';
import type { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { UpbondClaims } from '../options/upbond-auth-options.js';
import { introspectedClaims, userinfoClaims } from './opaque-token-claims.js';

const NOW = 1_800_000_000;
const ISSUER = 'https://auth3.upbond.io/';
const API = 'https://api.example.com';
const EXPECTED = {
  acceptedIssuers: [ISSUER],
  audiences: [API, 'urn:api'],
  clientId: 'client',
  leewaySeconds: 60,
  now: NOW,
  askAgainAt: NOW + 30,
};
type Answer = Readonly<Record<string, unknown>>;

const GOOD = { active: true, token_type: 'Bearer', sub: 'did:key:z1', aud: API };

/** What becomes of a good answer with these changes; `undefined` takes a member away. */
function outcome(answer: object): string {
  try {
    // As it comes: without the members that are undefined
    introspectedClaims(JSON.parse(JSON.stringify({ ...GOOD, ...answer })) as Answer, EXPECTED);
    return 'accepted';
  } catch (error) {
    return (error as UpbondAuthException).code;
  }
}

describe('introspectedClaims', () => {
  it.each<[string, object]>([
    ['the least that is needed', {}],
    ['the issuer', { iss: ISSUER }],
    ['one audience of several', { aud: ['https://other.example', 'urn:api'] }],
    ['times', { exp: NOW + 1, iat: NOW - 1, nbf: NOW - 1 }],
    ['times within the leeway', { exp: NOW - 59, iat: NOW - 100, nbf: NOW + 59 }],
    ['iat ahead within the leeway, and no exp', { iat: NOW + 59 }],
    ['bearer in any case', { token_type: 'bearer' }],
    ['that it is an access token', { token_use: 'access_token' }],
    ['everything of RFC 7662', { client_id: 'other', username: 'u', scope: 'a b', jti: 'j' }],
  ])('accepts %s', (_, answer) => expect(outcome(answer)).toBe('accepted'));

  it.each<[string, object]>([
    ['no sub, as for a client', { sub: undefined }],
    ['an empty sub', { sub: '' }],
    ['a sub that is no text', { sub: 1 }],
    ['a sub of 256', { sub: 'x'.repeat(256) }],
    ['no aud', { aud: undefined }],
    ['aud null', { aud: null }],
    ['an empty aud', { aud: [] }],
    ['an aud with something that is no text', { aud: [API, 1] }],
    ['another aud', { aud: `${API}/` }],
    ['the client as an audience', { aud: [API, 'client'] }],
    ['another issuer', { iss: 'https://evil.example/' }],
    ['an issuer without its slash', { iss: ISSUER.slice(0, -1) }],
    ['iss null', { iss: null }],
    ['an expired one', { exp: NOW - 60 }],
    ['exp as text', { exp: String(NOW + 60) }],
    ['exp null', { exp: null }],
    ['exp at its issue', { exp: NOW + 1, iat: NOW + 1 }],
    ['one that is not valid yet', { nbf: NOW + 61 }],
    ['one that is not issued yet', { iat: NOW + 61 }],
    ['a refresh token: no token_type', { token_type: undefined }],
    ['a refresh token: token_use', { token_use: 'refresh_token' }],
    ['token_use null', { token_use: null }],
    ['a token that is bound to a key', { token_type: 'DPoP' }],
    ['a token_type that is no text', { token_type: ['Bearer'] }],
    ['a scope that is a list', { scope: ['a'] }],
    ['a client_id that is no text', { client_id: 7 }],
    ['what only an ID token has', { nonce: 'n' }],
    ['an event', { events: {} }],
  ])('refuses %s', (_, answer) => expect(outcome(answer)).toBe('invalid_token'));

  it('keeps what the server says, and when to ask again where it says no exp', () => {
    const answer = { ...GOOD, roles: ['admin'], scope: 'read' };
    expect(introspectedClaims(answer, EXPECTED)).toEqual({ ...answer, exp: NOW + 30 });
    expect(introspectedClaims({ ...answer, exp: NOW + 9 }, EXPECTED).exp).toBe(NOW + 9);
  });
});

describe('userinfoClaims', () => {
  const expected = { askAgainAt: NOW + 30 };

  it('believes what is said of the person, and nothing that would be about the token', () => {
    const person = { sub: 'a', name: 'Hanako', roles: ['admin'] };
    const token = {
      scope: 'admin',
      exp: NOW + 9999,
      iat: 1,
      nbf: 1,
      iss: 'x',
      aud: API,
      acr: 'gold',
      amr: ['otp'],
      auth_time: NOW,
      azp: 'x',
      client_id: 'x',
    };
    const answer = { ...person, ...token } as unknown as UpbondClaims;
    expect(userinfoClaims(answer, expected)).toEqual({ ...person, exp: NOW + 30 });
  });

  it('a malformed answer is not the fault of the token', () => {
    const answer = { sub: 'a', email_verified: 'yes' };
    expect(() => userinfoClaims(answer, expected)).toThrow(
      expect.objectContaining({ code: 'temporarily_unavailable' }),
    );
  });
});
