import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startUpbondEmulator } from './index.js';
import type { UpbondEmulator } from './index.js';
import { Browser } from './testing/browser.js';
import { exchange, login, postForm, prepare, refresh, secret, signIn } from './testing/login.js';

let emulator: UpbondEmulator;
beforeAll(async () => {
  emulator = await startUpbondEmulator();
});
afterAll(() => emulator.close());

function userinfo(token: string): Promise<Response> {
  return fetch(`${emulator.url}/userinfo`, { headers: { authorization: `Bearer ${token}` } });
}

describe('refresh', () => {
  it('rotates, keeps the audience, and narrows the scope on demand', async () => {
    const { tokens } = await login(emulator, { audience: 'api' });
    const next = await refresh(emulator, tokens.refresh_token ?? '', { scope: 'openid email' });
    expect(next.body['refresh_token']).not.toBe(tokens.refresh_token);
    expect(decodeJwt(next.body['access_token'] ?? '')).toMatchObject({
      aud: 'api',
      scope: 'openid email',
    });
    expect(next.body['id_token']).toEqual(expect.any(String));
    const again = await refresh(emulator, next.body['refresh_token'] ?? '', { audience: 'api' });
    expect(again.status).toBe(200);
    const other = await refresh(emulator, again.body['refresh_token'] ?? '', { audience: 'other' });
    expect(other.body['error']).toBe('invalid_target');
  });

  it('revokes the grant when a refresh token is used twice', async () => {
    const { tokens } = await login(emulator);
    const next = await refresh(emulator, tokens.refresh_token ?? '');
    const before = emulator.counters.refreshTokenReuses;
    expect((await refresh(emulator, tokens.refresh_token ?? '')).body['error']).toBe(
      'invalid_grant',
    );
    expect(emulator.counters.refreshTokenReuses).toBe(before + 1);
    expect((await refresh(emulator, next.body['refresh_token'] ?? '')).body['error']).toBe(
      'invalid_grant',
    );
    expect(emulator.counters.refreshTokenReuses).toBe(before + 1);
    expect((await userinfo(tokens.access_token)).status).toBe(401);
  });
});

describe('revocation', () => {
  const credentials = { client_id: 'demo', client_secret: secret };

  it.each(['form', 'json'])('takes a %s', async (encoding) => {
    const { tokens } = await login(emulator);
    const body = { ...credentials, token: tokens.refresh_token ?? '' };
    const response =
      encoding === 'form'
        ? await postForm(`${emulator.url}/oauth/revoke`, body)
        : await fetch(`${emulator.url}/oauth/revoke`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(body),
          });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
    expect((await refresh(emulator, body.token)).body['error']).toBe('invalid_grant');
  });

  it('makes userinfo refuse a revoked access token', async () => {
    const { tokens } = await login(emulator);
    await postForm(`${emulator.url}/oauth/revoke`, { ...credentials, token: tokens.access_token });
    expect((await userinfo(tokens.access_token)).status).toBe(401);
  });

  it('asks for client authentication, and survives a body that is no JSON', async () => {
    const anonymous = await postForm(`${emulator.url}/oauth/revoke`, {
      token: 'x',
      client_id: 'demo',
    });
    expect(anonymous.status).toBe(401);
    const headers = { 'content-type': 'application/json' };
    const broken = await fetch(`${emulator.url}/oauth/revoke`, {
      method: 'POST',
      headers,
      body: '{',
    });
    expect(broken.status).toBe(400);
    expect(await broken.json()).toMatchObject({ error: 'invalid_request' });
  });
});

describe('userinfo', () => {
  it('answers a token for an API that has openid', async () => {
    const { tokens } = await login(emulator, {
      audience: 'my API',
      scope: 'openid wallet email read:x',
    });
    const response = await userinfo(tokens.access_token);
    expect(await response.json()).toEqual({
      sub: emulator.users[0]?.sub,
      email: 'hanako@example.com',
      email_verified: true,
      wallet_address: emulator.users[0]?.walletAddress,
    });
  });

  it('refuses a token without openid, an ID token, a forged token and a bare jti', async () => {
    const machine = await postForm(`${emulator.url}/oauth/token`, {
      grant_type: 'client_credentials',
      client_id: 'demo',
      client_secret: secret,
      scope: 'openid',
    });
    const { access_token: machineToken } = (await machine.json()) as { access_token: string };
    expect((await userinfo(machineToken)).status).toBe(401);
    const attempt = await prepare(emulator, { audience: 'my API', scope: 'read:x' });
    const withoutNonce = { ...attempt, nonce: oauth.expectNoNonce as unknown as string };
    const tokens = await exchange(withoutNonce, await signIn(attempt.url));
    expect((await userinfo(tokens.access_token)).status).toBe(403);
    const { tokens: withIdToken } = await login(emulator);
    expect((await userinfo(withIdToken.id_token ?? '')).status).toBe(401);
    expect((await userinfo(`${withIdToken.access_token.slice(0, -8)}AAAAAAAA`)).status).toBe(401);
    expect((await userinfo(decodeJwt(withIdToken.access_token).jti ?? '')).status).toBe(401);
  });
});

describe('keys', () => {
  it('publishes RS256 and ES256, never a private part', async () => {
    const response = await fetch(`${emulator.url}/.well-known/jwks.json`);
    const { keys } = (await response.json()) as { keys: Record<string, string>[] };
    expect(new Set(keys.map(({ alg }) => alg))).toEqual(new Set(['ES256', 'RS256']));
    expect(keys.some((key) => 'd' in key)).toBe(false);
  });

  it('rotates: new tokens have a new kid, tokens from before still verify', async () => {
    const jwksUrl = new URL(`${emulator.url}/.well-known/jwks.json`);
    const before = (await login(emulator)).tokens;
    await emulator.rotateSigningKeys();
    const after = (await login(emulator)).tokens;
    const kidOf = (token: string): unknown => decodeProtectedHeader(token).kid;
    expect(kidOf(after.access_token)).not.toBe(kidOf(before.access_token));
    for (const { access_token: token } of [before, after]) {
      await jwtVerify(token, createRemoteJWKSet(jwksUrl), { issuer: emulator.issuer });
      expect((await userinfo(token)).status).toBe(200);
    }
    expect((await refresh(emulator, before.refresh_token ?? '')).status).toBe(200);
  });
});

describe('discovery and counters', () => {
  it('has the paths of Login 3.0', async () => {
    const response = await fetch(`${emulator.url}/.well-known/openid-configuration`);
    const { url } = emulator;
    const metadata = (await response.json()) as Record<string, unknown>;
    expect(metadata).toMatchObject({
      issuer: `${url}/`,
      authorization_endpoint: `${url}/authorize`,
      token_endpoint: `${url}/oauth/token`,
      revocation_endpoint: `${url}/oauth/revoke`,
      userinfo_endpoint: `${url}/userinfo`,
      jwks_uri: `${url}/.well-known/jwks.json`,
    });
    expect(metadata).not.toHaveProperty('end_session_endpoint');
  });

  it('counts requests per endpoint', async () => {
    const before = { ...emulator.counters };
    const { tokens } = await login(emulator);
    await refresh(emulator, tokens.refresh_token ?? '');
    expect(emulator.counters.tokenRequests - before.tokenRequests).toBe(2);
    expect(emulator.counters.refreshRequests - before.refreshRequests).toBe(1);
    expect(emulator.counters.discoveryRequests - before.discoveryRequests).toBe(1);
    expect(emulator.counters.authorizationRequests - before.authorizationRequests).toBe(1);
  });

  it('ignores the Host header', async () => {
    const { url } = await prepare(emulator);
    const visit = await new Browser().request(url, {
      headers: { 'x-forwarded-host': 'evil.test' },
    });
    expect(visit.headers.get('location')).toMatch(/^\/interaction\//);
  });
});
