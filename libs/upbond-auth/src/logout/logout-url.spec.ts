import { describe, expect, it } from 'vitest';
import { logoutUrl, postLogoutPage } from './logout-url.js';

const CONFIG = {
  clientId: 'client & co',
  domain: 'https://login.test',
  endpoints: { logoutEndpoint: undefined as string | undefined },
};
const END_SESSION = 'https://login.test/oidc/logout?tenant=1';
const TARGET = {
  endSessionEndpoint: undefined as string | undefined,
  idToken: 'header.claims.signature',
  returnTo: 'https://app.test/?bye=1',
};

const query = (url: string) => Object.fromEntries(new URL(url).searchParams);

describe('logoutUrl', () => {
  it("is Login 3.0's documented one", () => {
    expect(logoutUrl(CONFIG, TARGET)).toBe(
      'https://login.test/v2/logout?client_id=client+%26+co&returnTo=https%3A%2F%2Fapp.test%2F%3Fbye%3D1',
    );
  });

  it('is the end_session_endpoint where the metadata has one, its query kept', () => {
    const url = logoutUrl(CONFIG, { ...TARGET, endSessionEndpoint: END_SESSION });
    expect(url).toMatch(/^https:\/\/login\.test\/oidc\/logout\?/);
    expect(query(url)).toEqual({
      tenant: '1',
      id_token_hint: TARGET.idToken,
      client_id: CONFIG.clientId,
      post_logout_redirect_uri: TARGET.returnTo,
    });
  });

  it.each([
    ['without a session', undefined],
    ['with an ID token that does not fit', 'x'.repeat(4097)],
  ])('needs no hint: %s', (_name, idToken) => {
    const target = { ...TARGET, idToken, endSessionEndpoint: END_SESSION };
    expect(query(logoutUrl(CONFIG, target))).not.toHaveProperty('id_token_hint');
  });

  it('is the configured one before any other', () => {
    const config = { ...CONFIG, endpoints: { logoutEndpoint: 'https://other.test/out?a=b' } };
    const url = logoutUrl(config, { ...TARGET, endSessionEndpoint: END_SESSION });
    expect(url).toMatch(/^https:\/\/other\.test\/out\?a=b&client_id=/);
    expect(query(url)).not.toHaveProperty('id_token_hint');
  });
});

describe('postLogoutPage', () => {
  const config = {
    postLogoutRedirectUri: 'https://app.test/',
    allowedPostLogoutRedirectUris: ['https://app.test/', 'https://app.test/bye'],
  };

  it('is a listed one', () => {
    expect(postLogoutPage(config, 'https://app.test/bye')).toBe('https://app.test/bye');
  });

  it.each([
    undefined,
    '',
    'https://app.test',
    'https://app.test/bye/',
    'https://app.test/bye?x=1',
    'HTTPS://app.test/bye',
    'https://app.test/bye#',
    ' https://app.test/bye',
    'https://evil.test/',
    '//evil.test',
    'javascript:alert(1)',
    '/bye',
  ])('is the usual one for %j', (wanted) => {
    expect(postLogoutPage(config, wanted)).toBe('https://app.test/');
  });
});
