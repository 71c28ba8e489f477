import { describe, expect, it } from 'vitest';
import type { HeldTokens } from './held-tokens.js';
import { RefreshRecord } from './refresh-record.js';
import { TokenSet } from './token-set.js';

const OLD = 'the-old-refresh-token';
const LABEL = 'default Digest';
const TOKENS: HeldTokens = {
  tokenSet: new TokenSet({
    accessToken: 'new-access-token',
    refreshToken: 'new-refresh-token',
    tokenType: 'Bearer',
    scope: ['openid'],
  }),
  furtherTokens: [],
  refreshNumber: 7,
};

describe('RefreshRecord', () => {
  const record = new RefreshRecord(OLD, LABEL);

  it('is found and opened with the old refresh token, by whatever process', () => {
    const elsewhere = new RefreshRecord(OLD, LABEL);
    expect(elsewhere.key).toBe(record.key);
    const opened = elsewhere.open(record.seal(TOKENS));
    expect(opened?.tokenSet.refreshToken).toBe('new-refresh-token');
    expect(opened?.refreshNumber).toBe(7);
  });

  it('shows neither the old nor the new tokens', () => {
    const sealed = record.seal(TOKENS);
    const shown = record.key + sealed + Buffer.from(sealed, 'base64url').toString('latin1');
    for (const text of [OLD, 'new-access-token', 'new-refresh-token']) {
      expect(shown).not.toContain(text);
    }
    expect(record.key).toMatch(/^refresh:[\w-]{43}$/);
  });

  it.each([
    ['another refresh token', new RefreshRecord(`${OLD}!`, LABEL)],
    ['another instance', new RefreshRecord(OLD, 'admin Digest')],
    ['the new refresh token', new RefreshRecord('new-refresh-token', LABEL)],
  ])('is neither found nor opened with %s', (_, other) => {
    expect(other.key).not.toBe(record.key);
    expect(other.open(record.seal(TOKENS))).toBeUndefined();
  });

  it.each(['', 'null', '{}', 'AAAA', '\u0000'])('opens nothing that was not sealed: %j', (text) => {
    expect(record.open(text)).toBeUndefined();
  });
});
