import { describe, expect, it } from 'vitest';
import type { TokenResponse } from '../authorization-server/token-response.js';
import { unavailable } from '../authorization-server/unavailable.js';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { HeldTokens } from './held-tokens.js';
import { TokenEndpointRefresh } from './refresh-grant.js';
import { TokenSet } from './token-set.js';
import type { WantedToken } from './wanted-token.js';

const NOW = 1_000_000;
const WANTED: WantedToken = {
  audience: undefined,
  scope: [],
  minimumValiditySeconds: undefined,
  refused: undefined,
};
const ANSWER: TokenResponse = {
  accessToken: 'access-2',
  tokenType: 'Bearer',
  refreshToken: 'refresh-2',
  idToken: idToken({ iss: 'https://login', sub: 'hanako' }),
  scope: ['openid'],
  expiresIn: 600,
};
const HELD: HeldTokens = {
  tokenSet: new TokenSet({
    accessToken: 'access-1',
    refreshToken: 'refresh-1',
    idToken: idToken({ iss: 'https://login', sub: 'hanako', iat: 1 }),
    tokenType: 'Bearer',
    scope: ['openid'],
  }),
  furtherTokens: [],
  refreshNumber: 1,
};

/** Unsigned: the verifier is not under test here. */
function idToken(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256' })}.${part(claims)}.`;
}

function accessTokenFor(aud: unknown): string {
  return idToken({ aud });
}

function refresh(answer: Partial<TokenResponse>, refused?: Error, wanted = WANTED) {
  const grant = new TokenEndpointRefresh({
    server: { metadata: async () => ({}) as never },
    tokenEndpoint: { refresh: async () => ({ ...ANSWER, ...answer, receivedAt: NOW }) },
    idTokens: {
      verifyRefreshed: async () => {
        if (refused) throw refused;
        return {} as never;
      },
    },
    deadlineSeconds: 5,
    now: () => NOW,
  });
  return grant.refresh(HELD, wanted, 2);
}

describe('a refresh whose ID token cannot be verified', () => {
  it('keeps what came, because the old refresh token is spent', async () => {
    const { tokenSet } = await refresh({}, unavailable('the keys cannot be fetched'));
    expect(tokenSet.refreshToken).toBe('refresh-2');
    expect(tokenSet.accessToken).toBe('access-2');
    // What was verified stays
    expect(tokenSet.idToken).toBe(HELD.tokenSet.idToken);
  });

  it.each([
    ['sub', { iss: 'https://login', sub: 'somebody else' }],
    ['iss', { iss: 'https://elsewhere', sub: 'hanako' }],
  ])('is refused when its %s is another one by its own word', async (_claim, claims) => {
    const keys = unavailable('the keys cannot be fetched');
    await expect(refresh({ idToken: idToken(claims) }, keys)).rejects.toBe(keys);
  });

  it('is refused when the ID token is wrong', async () => {
    const wrong = new UpbondAuthException('id_token_subject_mismatch');
    await expect(refresh({}, wrong)).rejects.toBe(wrong);
  });
});

describe('a refresh for an audience', () => {
  const wanted = { ...WANTED, audience: 'https://stock' };

  it.each([
    ['another one', 'https://orders'],
    ['other ones', ['https://orders', 'https://invoices']],
  ])('takes no token for %s, and keeps the refresh token', async (_what, aud) => {
    const held = await refresh({ accessToken: accessTokenFor(aud) }, undefined, wanted);
    expect(held.furtherTokens).toEqual([]);
    expect(held.tokenSet.refreshToken).toBe('refresh-2');
  });

  it.each([
    ['that one', accessTokenFor('https://stock')],
    ['that one among others', accessTokenFor(['https://stock', 'https://login/userinfo'])],
    ['nobody in particular', accessTokenFor(undefined)],
    ['whom it does not say', 'opaque'],
  ])('takes a token for %s', async (_what, accessToken) => {
    const held = await refresh({ accessToken }, undefined, wanted);
    expect(held.furtherTokens.map(({ tokenSet }) => tokenSet.accessToken)).toEqual([accessToken]);
  });
});
