import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { defaultHabits } from './habits.js';
import { startUpbondEmulator } from './index.js';
import type { UpbondEmulator, UpbondEmulatorHabits } from './index.js';
import { Browser } from './testing/browser.js';
import { prepare, postForm, redirectUri, refresh, secret, signIn } from './testing/login.js';

describe('habits', () => {
  let emulator: UpbondEmulator;
  beforeAll(async () => {
    emulator = await startUpbondEmulator();
  });
  afterEach(() => emulator.setHabits(defaultHabits));
  afterAll(() => emulator.close());

  /** A login that takes what comes, whatever the habits. */
  async function loginWith(habits: Partial<UpbondEmulatorHabits>) {
    const attempt = await prepare(emulator);
    await emulator.setHabits(habits);
    const visit = await signIn(attempt.url);
    const response = await postForm(`${emulator.url}/oauth/token`, {
      grant_type: 'authorization_code',
      client_id: 'demo',
      client_secret: secret,
      code: visit.query.get('code') ?? '',
      redirect_uri: redirectUri,
      code_verifier: attempt.verifier,
    });
    const tokens = (await response.json()) as Record<
      'id_token' | 'access_token' | 'refresh_token',
      string
    >;
    return { attempt, visit, tokens, idToken: decodeJwt(tokens.id_token) };
  }

  it('has all of them by default', async () => {
    const { attempt, visit, idToken } = await loginWith({});
    expect(idToken.iss).toBe(`${emulator.url}/`);
    expect(idToken).toMatchObject({ nonce: attempt.nonce, sid: expect.any(String) });
    expect(visit.query.get('iss')).toBe(`${emulator.url}/`);
  });

  it('issuerTrailingSlash', async () => {
    const { idToken, visit } = await loginWith({ issuerTrailingSlash: false });
    expect(emulator.issuer).toBe(emulator.url);
    expect(idToken.iss).toBe(emulator.url);
    expect(visit.query.get('iss')).toBe(emulator.url);
  });

  it('nonce', async () => {
    expect((await loginWith({ nonce: false })).idToken).not.toHaveProperty('nonce');
  });

  it('sid', async () => {
    expect((await loginWith({ sid: false })).idToken).not.toHaveProperty('sid');
  });

  it('issInAuthorizationResponse, for codes and for errors', async () => {
    const { visit } = await loginWith({ issInAuthorizationResponse: false });
    expect(visit.query.has('iss')).toBe(false);
    const { url, as } = await prepare(emulator, { prompt: 'none' });
    const refused = await new Browser().open(url);
    expect(refused.query.get('error')).toBe('login_required');
    expect(refused.query.has('iss')).toBe(false);
    expect(as.authorization_response_iss_parameter_supported).toBeUndefined();
  });

  it('refreshTokenRotation', async () => {
    const { tokens } = await loginWith({ refreshTokenRotation: false });
    for (const _use of [1, 2]) {
      const { status, body } = await refresh(emulator, tokens.refresh_token);
      expect(status).toBe(200);
      expect(body).not.toHaveProperty('refresh_token');
    }
  });

  it('discovery', async () => {
    await emulator.setHabits({ discovery: false });
    for (const name of ['openid-configuration', 'oauth-authorization-server']) {
      expect((await fetch(`${emulator.url}/.well-known/${name}`)).status).toBe(404);
    }
    expect((await fetch(`${emulator.url}/.well-known/jwks.json`)).status).toBe(200);
  });

  it.each(['ES256', 'PS256'] as const)('signingAlg %s', async (signingAlg) => {
    const { tokens } = await loginWith({ signingAlg });
    expect(decodeProtectedHeader(tokens.id_token).alg).toBe(signingAlg);
    expect(decodeProtectedHeader(tokens.access_token).alg).toBe(signingAlg);
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    expect((await fetch(`${emulator.url}/userinfo`, { headers })).status).toBe(200);
  });

  it('accessTokenProfile', async () => {
    const { tokens } = await loginWith({ accessTokenProfile: 'rfc9068' });
    expect(decodeProtectedHeader(tokens.access_token).typ).toBe('at+jwt');
  });

  it('accessTokenProfile opaque: the introspection endpoint knows the tokens, for clients alone', async () => {
    const { tokens } = await loginWith({ accessTokenProfile: 'opaque' });
    expect(tokens.access_token).toMatch(/^[\w-]{43}$/);
    const { as } = await prepare(emulator);
    const endpoint = as.introspection_endpoint ?? '';
    expect(endpoint).toBe(`${emulator.url}/oauth/introspect`);
    const introspect = async (token: string, credentials: Record<string, string>) =>
      (await postForm(endpoint, { token, ...credentials })).json();
    const credentials = { client_id: 'demo', client_secret: secret };
    expect(await introspect(tokens.access_token, credentials)).toMatchObject({
      active: true,
      token_type: 'Bearer',
    });
    expect(await introspect('another', credentials)).toEqual({ active: false });
    expect(await introspect(tokens.access_token, { client_id: 'demo' })).toMatchObject({
      error: 'invalid_client',
    });
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    expect((await fetch(`${emulator.url}/userinfo`, { headers })).status).toBe(200);
    await emulator.setHabits(defaultHabits);
    expect((await prepare(emulator)).as.introspection_endpoint).toBeUndefined();
  });

  it('endSessionEndpoint', async () => {
    await emulator.setHabits({ endSessionEndpoint: true });
    const { as } = await prepare(emulator);
    expect(as.end_session_endpoint).toBe(`${emulator.url}/oidc/logout`);
    expect((await fetch(as.end_session_endpoint ?? '')).status).toBe(200);
  });
});
