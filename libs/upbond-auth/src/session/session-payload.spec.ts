import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { TokenSet } from '../tokens/token-set.js';
import { newSession } from './new-session.js';
import { decodeSession, encodeSession } from './session-payload.js';

const LIFETIMES = { sessionLifetimeSeconds: 1000, sessionIdleSeconds: 500 };

function session(user: Record<string, string>) {
  const tokenSet = new TokenSet({
    accessToken: 'at',
    refreshToken: 'rt',
    idToken: 'it',
    tokenType: 'Bearer',
    scope: ['openid'],
    expiresAt: 1234,
  });
  const claims = { sub: 'did:key:z6Mk', sid: 'one', auth_time: 77 };
  return newSession({ claims, user, tokenSet }, 1000.5, LIFETIMES);
}

describe('the payload of a session', () => {
  it('gives back every member, deeply frozen', () => {
    const original = session({ name: 'Hanako' });
    const decoded = decodeSession(encodeSession(original));
    const { tokenSet, ...rest } = decoded ?? original;
    const { tokenSet: tokens, ...others } = original;
    expect(rest).toEqual(others);
    expect(tokenSet).not.toBe(tokens);
    for (const member of [
      'accessToken',
      'refreshToken',
      'idToken',
      'scope',
      'expiresAt',
    ] as const) {
      expect(tokenSet[member]).toEqual(tokens[member]);
    }
    expect(Object.isFrozen(decoded?.user)).toBe(true);
  });

  it('that could not be read again is refused when it is written', () => {
    const large = session({ name: 'a'.repeat(300_000) });
    expect(() => encodeSession(large)).toThrow(
      expect.objectContaining({ code: 'session_too_large' }),
    );
  });

  it.each([
    ['no deflated data', Buffer.from('something else')],
    ['no JSON', deflateRawSync('something else')],
    ['a bomb', deflateRawSync(Buffer.alloc(1_000_000))],
    ['nothing', Buffer.alloc(0)],
  ])('is nothing for %s', (_, bytes) => {
    expect(decodeSession(bytes)).toBeUndefined();
  });
});
