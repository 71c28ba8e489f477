import { describe, expect, it } from 'vitest';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { logoutUrl } from './logout-url.js';

const config = {
  domain: 'https://auth3.upbond.io',
  clientId: 'client',
  postLogoutRedirectUri: 'https://app.example/',
  endpoints: { logoutEndpoint: undefined },
};
const of = (changes: object) => logoutUrl({ ...config, ...changes } as UpbondAuthConfig);

describe('logoutUrl', () => {
  it.each([
    [
      'the documented one',
      {},
      'https://auth3.upbond.io/v2/logout?client_id=client&returnTo=https%3A%2F%2Fapp.example%2F',
    ],
    [
      'below the path of a domain',
      { domain: 'https://id.example/tenant' },
      'https://id.example/tenant/v2/logout?client_id=client&returnTo=https%3A%2F%2Fapp.example%2F',
    ],
    [
      'one of its own, with its query',
      { endpoints: { logoutEndpoint: 'https://id.example/bye?federated=1' } },
      'https://id.example/bye?federated=1&client_id=client&returnTo=https%3A%2F%2Fapp.example%2F',
    ],
    [
      'one whose query named another client',
      { endpoints: { logoutEndpoint: 'https://id.example/bye?client_id=other&returnTo=x' } },
      'https://id.example/bye?client_id=client&returnTo=https%3A%2F%2Fapp.example%2F',
    ],
  ])('is %s', (_, changes, expected) => {
    expect(of(changes)).toBe(expected);
  });

  it('encodes what could mean something in a query', () => {
    const postLogoutRedirectUri = 'https://app.example/bye?a=1&b=2#c';
    const { searchParams } = new URL(of({ clientId: 'a&returnTo=evil', postLogoutRedirectUri }));
    expect([...searchParams]).toEqual([
      ['client_id', 'a&returnTo=evil'],
      ['returnTo', postLogoutRedirectUri],
    ]);
  });
});
