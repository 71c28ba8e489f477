import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { TokenSet } from '../tokens/token-set.js';
import { newSession } from './new-session.js';
import { packText } from './packed-text.js';
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

  it.each([0, 2000, 3000, 10_000, 170_000])('has room for a user with %i characters', (length) => {
    const original = session({ name: 'é-'.repeat(length / 2) });
    expect(decodeSession(encodeSession(original))?.user).toEqual(original.user);
  });

  it('is compressed when it would not fit into one cookie', () => {
    const [small, large] = [1000, 3500].map((length) => session({ name: 'a '.repeat(length / 2) }));
    expect(encodeSession(small!).length).toBeGreaterThan(1000);
    expect(encodeSession(large!).length).toBeLessThan(500);
  });

  it.each([
    ['other bytes', Buffer.from('something else')],
    ['no packed text', Buffer.of(0, 255, 255, 255, 1)],
    ['no deflated data', Buffer.from('\u0001something else')],
    ['no JSON', Buffer.concat([Buffer.of(0), packText('something else')])],
    ['what was written before texts were packed', deflateRawSync('{"i":"one","s":"somebody"}')],
    ['a bomb', Buffer.concat([Buffer.of(1), deflateRawSync(Buffer.alloc(1_000_000))])],
    ['nothing', Buffer.alloc(0)],
  ])('is nothing for %s', (_, bytes) => {
    expect(decodeSession(bytes)).toBeUndefined();
  });
});
