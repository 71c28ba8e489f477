import { decodeJwt, decodeProtectedHeader } from 'jose';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startUpbondEmulator } from './index.js';
import type { UpbondEmulator } from './index.js';
import { Browser } from './testing/browser.js';
import {
  exchange,
  login,
  postForm,
  prepare,
  redirectUri,
  secret,
  signIn,
} from './testing/login.js';

describe('the code flow', () => {
  let emulator: UpbondEmulator;
  beforeAll(async () => {
    emulator = await startUpbondEmulator();
  });
  afterAll(() => emulator.close());

  it('signs in with PKCE, nonce, state and an audience that is no URI', async () => {
    const { tokens } = await login(emulator, {
      audience: 'my first API',
      scope: 'openid profile email wallet offline_access read:contacts',
    });
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 86_400 });
    expect(tokens.refresh_token).toEqual(expect.any(String));
    expect(decodeJwt(tokens.access_token)).toMatchObject({
      iss: emulator.issuer,
      aud: 'my first API',
      sub: emulator.users[0]?.sub,
      client_id: 'demo',
      scope: expect.stringContaining('read:contacts'),
      jti: expect.any(String),
      iat: expect.any(Number),
      exp: expect.any(Number),
    });
    expect(decodeProtectedHeader(tokens.access_token)).toMatchObject({ alg: 'RS256', typ: 'JWT' });
  });

  it('issues the claims that a live Login 3.0 was seen to issue', async () => {
    const { tokens } = await login(emulator);
    expect(oauth.getValidatedIdTokenClaims(tokens)).toMatchObject({
      sub: expect.stringMatching(/^did:key:z6Mk\w+$/),
      email: 'hanako@example.com',
      email_verified: true,
      name: 'Hanako Yamada',
      given_name: 'Hanako',
      picture: expect.any(String),
      wallet_address: '0x52908400098527886E0F7030069857D2E4169EE7',
      sid: expect.any(String),
    });
  });

  it('asks for consent again only when more is asked for', async () => {
    const browser = new Browser();
    const first = await browser.open((await prepare(emulator, { scope: 'openid' })).url);
    expect(first.page).toContain('Who would you like to be?');
    const consent = await first.click('Taro Suzuki');
    expect(consent.page).toContain('Know who you are');
    expect((await consent.click('Allow')).query.get('code')).toBeTruthy();
    const again = await browser.open((await prepare(emulator, { scope: 'openid' })).url);
    expect(again.query.get('code')).toBeTruthy();
    const more = await browser.open((await prepare(emulator, { scope: 'openid email' })).url);
    expect(more.page).toContain('Your e-mail address');
  });

  it.each(['Deny', 'Cancel'])('tells the application about %s', async (button) => {
    const attempt = await prepare(emulator);
    const page = await new Browser().open(attempt.url);
    const answer =
      button === 'Deny'
        ? await (await page.click('Maria García')).click('Deny')
        : await page.click('Cancel');
    expect(answer.url.href).toContain(redirectUri);
    expect(answer.query.get('error')).toBe('access_denied');
    expect(answer.query.get('state')).toBe(attempt.state);
  });

  it('answers 302 and works without scope, PKCE, nonce and state', async () => {
    const url = new URL(`${emulator.url}/authorize?response_type=code&client_id=demo`);
    url.searchParams.set('redirect_uri', redirectUri);
    const browser = new Browser();
    await signIn(url, browser);
    const answer = await browser.open(url);
    expect(answer.status).toBe(302);
    const response = await postForm(`${emulator.url}/oauth/token`, {
      grant_type: 'authorization_code',
      client_id: 'demo',
      client_secret: secret,
      code: answer.query.get('code') ?? '',
      redirect_uri: redirectUri,
    });
    const tokens = (await response.json()) as Record<string, string>;
    expect(tokens['scope']).toBe('openid profile email');
    expect(tokens['refresh_token']).toBeUndefined();
    expect(decodeJwt(tokens['access_token'] ?? '').aud).toBe(`${emulator.url}/userinfo`);
  });

  it('accepts a nonce without openid, and issues no ID token then', async () => {
    const attempt = await prepare(emulator, { scope: 'read:contacts', audience: 'contacts' });
    const visit = await signIn(attempt.url);
    const tokens = await exchange(
      { ...attempt, nonce: oauth.expectNoNonce as unknown as string },
      visit,
    );
    expect(tokens.id_token).toBeUndefined();
    expect(tokens.scope).toBe('read:contacts');
  });

  it('accepts the secret by HTTP Basic as well, and JSON at the token endpoint', async () => {
    const attempt = await prepare(emulator);
    const visit = await signIn(attempt.url);
    const tokens = await exchange(attempt, visit, oauth.ClientSecretBasic(secret));
    expect(tokens.access_token).toEqual(expect.any(String));
    const json = await fetch(`${emulator.url}/oauth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        grant_type: 'client_credentials',
        client_id: 'demo',
        client_secret: secret,
        audience: 'machines',
        scope: 'read:users',
      }),
    });
    const { access_token: token, refresh_token: none } = (await json.json()) as Record<
      string,
      string
    >;
    expect(decodeJwt(token ?? '')).toMatchObject({
      aud: 'machines',
      sub: 'demo',
      scope: 'read:users',
    });
    expect(none).toBeUndefined();
  });

  it('refuses a wrong secret, a wrong verifier and a code that was used', async () => {
    const attempt = await prepare(emulator);
    const visit = await signIn(attempt.url);
    const form = {
      grant_type: 'authorization_code',
      client_id: 'demo',
      client_secret: secret,
      code: visit.query.get('code') ?? '',
      redirect_uri: redirectUri,
      code_verifier: attempt.verifier,
    };
    const post = async (changes: object): Promise<unknown> => {
      const response = await postForm(`${emulator.url}/oauth/token`, { ...form, ...changes });
      return ((await response.json()) as { error?: string }).error;
    };
    expect(await post({ client_secret: 'wrong' })).toBe('invalid_client');
    expect(await post({ code_verifier: 'w'.repeat(43) })).toBe('invalid_grant');
    expect(await post({})).toBeUndefined();
    expect(await post({})).toBe('invalid_grant');
  });

  it('handles prompt, max_age and login_hint', async () => {
    const { browser } = await login(emulator);
    const silent = await prepare(emulator, { prompt: 'none' });
    expect((await browser.open(silent.url)).query.get('code')).toBeTruthy();
    const stranger = await new Browser().open(silent.url);
    expect(stranger.query.get('error')).toBe('login_required');
    expect(stranger.query.get('state')).toBe(silent.state);

    const again = await prepare(emulator, { prompt: 'login', login_hint: 'taro@example.com' });
    const page = await browser.open(again.url);
    expect(page.page.indexOf('Taro Suzuki')).toBeLessThan(page.page.indexOf('Hanako Yamada'));

    const aged = await prepare(emulator, { max_age: '3600' });
    const tokens = await exchange(aged, await browser.open(aged.url));
    expect(oauth.getValidatedIdTokenClaims(tokens)?.auth_time).toEqual(expect.any(Number));
  });

  it('lets another person sign in over an existing session', async () => {
    const { browser } = await login(emulator);
    const attempt = await prepare(emulator, { prompt: 'login' });
    let visit = await (await browser.open(attempt.url)).click('Taro Suzuki');
    // The person changes: oidc-provider ends the session before by a form that browsers submit.
    if (visit.page.includes('Submitting Callback')) visit = await visit.click('Continue');
    const tokens = await exchange(attempt, await visit.click('Allow'));
    expect(oauth.getValidatedIdTokenClaims(tokens)?.['email']).toBe('taro@example.com');
  });

  it('shows a page, and does not redirect, when the redirect URI is unknown', async () => {
    const { url } = await prepare(emulator, { redirect_uri: 'https://evil.test/<script>' });
    const { page, status } = await new Browser().open(url);
    expect(status).toBe(400);
    expect(page).toContain('invalid_redirect_uri');
    expect(page).not.toContain('<script');
  });
});
