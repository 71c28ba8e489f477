import { UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import type { AccessTokenOptions } from '../guard/call.js';
import { TokenSet } from '../tokens/token-set.js';
import { wantedToken } from './wanted.js';

const USUAL = 'https://usual';
const ORDERS = 'https://orders';
const CONFIG = { audience: USUAL, audiences: [ORDERS] };
const jwt = (aud?: string | string[]) =>
  new UnsecuredJWT(aud === undefined ? {} : { aud }).encode();

function held(accessToken: string, lifetime = 3600) {
  const times = { receivedAt: 1_800_000_000, expiresAt: 1_800_000_000 + lifetime };
  const tokenSet = new TokenSet({ accessToken, tokenType: 'Bearer', scope: [], ...times });
  return { tokenSet, furtherTokens: [], refreshNumber: 0 };
}

describe('wantedToken', () => {
  it.each<[string, string, AccessTokenOptions, string | undefined]>([
    ['no audience: that of the login', 'opaque', {}, undefined],
    ['the usual one, of an opaque token', 'opaque', { audience: USUAL }, undefined],
    ['another one, of an opaque token', 'opaque', { audience: ORDERS }, ORDERS],
    ['the one that the token names', jwt(ORDERS), { audience: ORDERS }, undefined],
    ['one of those that the token names', jwt([USUAL, ORDERS]), { audience: ORDERS }, undefined],
    ['the usual one, after a login for another', jwt(ORDERS), { audience: USUAL }, USUAL],
    ['one that is not declared, but of the login', jwt('x'), { audience: 'x' }, undefined],
    ['the usual one, of a token that names none', jwt(), { audience: USUAL }, undefined],
  ])('%s', (_, accessToken, options, audience) => {
    expect(wantedToken(held(accessToken), options, CONFIG, undefined).audience).toBe(audience);
  });

  it.each(['x', '', `${ORDERS}/`])('refuses an audience that is not declared: %j', (audience) => {
    const call = () => wantedToken(held('opaque'), { audience }, CONFIG, undefined);
    expect(call).toThrow(expect.objectContaining({ code: 'audience_not_granted' }));
  });

  it.each<[AccessTokenOptions['scope'], string[]]>([
    [undefined, []],
    ['', []],
    ['b a', ['a', 'b']],
    [
      ['b', 'a', 'b'],
      ['a', 'b'],
    ],
    [
      [' b  a ', 'c'],
      ['a', 'b', 'c'],
    ],
  ])('recognises the same scope: %j', (scope, expected) => {
    const options = scope === undefined ? {} : { scope };
    expect(wantedToken(held('opaque'), options, CONFIG, undefined).scope).toEqual(expected);
  });

  it('refuses what no token of this server lives as long as', () => {
    const ask = (minimumValiditySeconds: number) => () =>
      wantedToken(held('opaque', 600), { minimumValiditySeconds }, CONFIG, undefined);
    expect(ask(600)).not.toThrow();
    expect(ask(601)).toThrow(expect.objectContaining({ code: 'access_token_too_short' }));
  });

  it('does not want what was refused', () => {
    expect(wantedToken(held('opaque'), {}, CONFIG, 'opaque').refused).toBe('opaque');
  });
});
