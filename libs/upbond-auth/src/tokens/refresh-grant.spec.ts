import { describe, expect, it, vi } from 'vitest';
import type { Refresh } from '../authorization-server/token-grants.js';
import type { UpbondAuthErrorCode } from '../errors/error-codes.js';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { HeldTokens } from './held-tokens.js';
import { TokenEndpointRefresh, type RefreshGrantParts } from './refresh-grant.js';
import { TokenSet } from './token-set.js';
import type { WantedToken } from './wanted-token.js';

const NOW = 1_800_000_000;
const PLAIN: WantedToken = {
  audience: undefined,
  scope: [],
  minimumValiditySeconds: undefined,
  refused: undefined,
};
const ORDERS: WantedToken = { ...PLAIN, audience: 'orders' };
const NARROW: WantedToken = { ...PLAIN, scope: ['email'] };

interface Answer {
  readonly refreshToken?: string;
  readonly idToken?: string;
}

type Endpoint = RefreshGrantParts['tokenEndpoint']['refresh'];

function scene(answer: Answer | UpbondAuthException = {}) {
  const verifyRefreshed = vi.fn<RefreshGrantParts['idTokens']['verifyRefreshed']>(
    async () => ({ sub: 'hanako' }) as never,
  );
  const asked: Refresh[] = [];
  const refresh: Endpoint = async (request) => {
    asked.push(request);
    if (answer instanceof UpbondAuthException) throw answer;
    const { refreshToken, idToken } = answer;
    const scope = request.scope ?? request.grantedScope;
    const token = { accessToken: 'new', tokenType: 'Bearer' as const, scope, expiresIn: 600 };
    return { ...token, refreshToken, idToken, receivedAt: NOW };
  };
  const grant = new TokenEndpointRefresh({
    server: { metadata: async () => ({ tokenEndpoint: 'https://login.test/token' }) as never },
    tokenEndpoint: { refresh },
    idTokens: { verifyRefreshed },
    deadlineSeconds: 10,
    now: () => NOW + 0.7,
  });
  return { grant, asked, verifyRefreshed };
}

function held(idToken?: string, furtherTokens: HeldTokens['furtherTokens'] = []): HeldTokens {
  const tokenSet = new TokenSet({
    accessToken: 'old',
    refreshToken: 'old refresh',
    idToken,
    tokenType: 'Bearer',
    scope: ['openid', 'email'],
    expiresAt: NOW - 1,
  });
  return { tokenSet, furtherTokens, refreshNumber: 3 };
}

function further(audience: string, accessToken: string, expiresAt: number | undefined) {
  const tokenSet = new TokenSet({ accessToken, tokenType: 'Bearer', scope: [], expiresAt });
  return { audience, requestedScope: [], tokenSet };
}

describe('TokenEndpointRefresh', () => {
  it.each<[string, Answer, string]>([
    ['rotation', { refreshToken: 'new refresh' }, 'new refresh'],
    ['no rotation', { refreshToken: 'old refresh' }, 'old refresh'],
    ['no refresh token in the answer', {}, 'old refresh'],
  ])('works with %s', async (_, answer, refreshToken) => {
    const { grant, asked } = scene(answer);
    const { tokenSet, furtherTokens, refreshNumber } = await grant.refresh(held('id'), PLAIN, 9);
    expect(tokenSet.accessToken).toBe('new');
    expect(tokenSet.refreshToken).toBe(refreshToken);
    expect(tokenSet.idToken).toBe('id');
    expect([tokenSet.receivedAt, tokenSet.expiresAt]).toEqual([NOW, NOW + 600]);
    expect([furtherTokens, refreshNumber]).toEqual([[], 9]);
    const request = { refreshToken: 'old refresh', grantedScope: ['openid', 'email'] };
    expect(asked).toEqual([{ ...request, audience: undefined, scope: undefined }]);
  });

  it('keeps the token of the login beside one for another audience or scope', async () => {
    const { grant, asked } = scene({ refreshToken: 'new refresh' });
    const first = await grant.refresh(held(), ORDERS, 9);
    const { tokenSet, furtherTokens } = await grant.refresh(first, NARROW, 10);
    expect([tokenSet.accessToken, tokenSet.refreshToken]).toEqual(['old', 'new refresh']);
    expect(furtherTokens.map(({ audience, requestedScope }) => [audience, requestedScope])).toEqual(
      [
        ['orders', []],
        [undefined, ['email']],
      ],
    );
    expect(asked.map(({ audience, scope }) => [audience, scope])).toEqual([
      ['orders', undefined],
      [undefined, ['email']],
    ]);
  });

  it('replaces a further token by its successor, and drops those that have expired', async () => {
    const { grant } = scene();
    const before = held(undefined, [
      further('orders', 'old orders', NOW + 30),
      further('over', 'over', NOW),
      further('lasting', 'lasting', undefined),
    ]);
    const { furtherTokens } = await grant.refresh(before, ORDERS, 9);
    expect(furtherTokens.map(({ tokenSet }) => tokenSet.accessToken)).toEqual(['lasting', 'new']);
  });

  it.each<[string | undefined, string | undefined, string | undefined, number]>([
    ['id', undefined, 'id', 0],
    ['id', 'new id', 'new id', 1],
    // Of a login with OAuth alone: it would say who nobody has said
    [undefined, 'new id', undefined, 0],
  ])('after the ID token %s comes %s: %s', async (previous, idToken, expected, calls) => {
    const { grant, verifyRefreshed } = scene(idToken === undefined ? {} : { idToken });
    const { tokenSet } = await grant.refresh(held(previous), PLAIN, 9);
    expect(tokenSet.idToken).toBe(expected);
    expect(verifyRefreshed).toHaveBeenCalledTimes(calls);
    if (calls > 0) expect(verifyRefreshed.mock.calls[0]?.slice(0, 2)).toEqual([idToken, previous]);
  });

  it('refuses everything with an ID token of somebody else (OpenID Connect Core §12.2)', async () => {
    const { grant, verifyRefreshed } = scene({ idToken: 'of taro' });
    const refusal = new UpbondAuthException('id_token_malformed');
    verifyRefreshed.mockRejectedValueOnce(refusal);
    await expect(grant.refresh(held('id'), PLAIN, 9)).rejects.toBe(refusal);
  });

  it.each<[UpbondAuthErrorCode, WantedToken, UpbondAuthErrorCode]>([
    ['invalid_scope', PLAIN, 'invalid_scope'],
    ['invalid_scope', NARROW, 'audience_not_granted'],
    ['invalid_request', ORDERS, 'audience_not_granted'],
    ['access_denied', ORDERS, 'audience_not_granted'],
    ['consent_required', ORDERS, 'audience_not_granted'],
    ['token_request_failed', ORDERS, 'audience_not_granted'],
    ['unauthorized_client', ORDERS, 'audience_not_granted'],
    // Says something of the refresh token, the client or the server, not of the audience
    ['invalid_grant', ORDERS, 'invalid_grant'],
    ['temporarily_unavailable', ORDERS, 'temporarily_unavailable'],
    ['token_response_invalid', ORDERS, 'token_response_invalid'],
  ])('%s for %j is %s', async (code, wanted, expected) => {
    const { grant } = scene(new UpbondAuthException(code, { detail: 'for the log' }));
    await expect(grant.refresh(held(), wanted, 9)).rejects.toMatchObject({
      code: expected,
      detail: 'for the log',
    });
  });
});
