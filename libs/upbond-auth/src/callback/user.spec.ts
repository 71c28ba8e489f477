import { describe, expect, it } from 'vitest';
import { toUser } from './user.js';

describe('toUser', () => {
  it('keeps the claims about the person and drops those about the token', () => {
    const person = {
      sub: 'did:key:z6Mk',
      name: 'Hanako Yamada',
      email: 'hanako@example.com',
      email_verified: true,
      wallet_address: '0x52908400098527886E0F7030069857D2E4169EE7',
      address: { country: 'JP' },
      'https://app.example/roles': ['admin'],
    };
    const token = {
      iss: 'https://auth3.upbond.io/',
      aud: 'client',
      azp: 'client',
      exp: 2,
      iat: 1,
      nbf: 1,
      jti: 'j',
      nonce: 'n',
      at_hash: 'a',
      c_hash: 'c',
      s_hash: 's',
      sid: 'sid',
    };
    expect(toUser({ ...token, ...person })).toEqual(person);
  });

  it('takes a claim called __proto__ for a claim', () => {
    const claims = JSON.parse('{"sub":"s","__proto__":{"isAdmin":true}}') as { sub: string };
    const user = toUser(claims);
    expect((user as { isAdmin?: boolean }).isAdmin).toBeUndefined();
    expect(Object.getPrototypeOf(user)).toBe(Object.prototype);
  });
});
