import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { exportJWK, generateKeyPair } from 'jose';
import * as oauth from 'oauth4webapi';
import { generate } from 'selfsigned';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startUpbondEmulator } from './index.js';
import type { UpbondEmulator, UpbondEmulatorOptions } from './index.js';
import { Browser } from './testing/browser.js';
import { exchange, insecure, postForm, prepare, redirectUri, signIn } from './testing/login.js';

const running: UpbondEmulator[] = [];
async function start(options?: UpbondEmulatorOptions): Promise<UpbondEmulator> {
  const emulator = await startUpbondEmulator(options);
  running.push(emulator);
  return emulator;
}
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(running.splice(0).map((emulator) => emulator.close()));
});

describe('the start', () => {
  it('takes under two seconds and prints nothing', { retry: 2 }, async () => {
    const spies = (['log', 'info', 'warn', 'error'] as const).map((name) =>
      vi.spyOn(console, name),
    );
    const begin = performance.now();
    const { url } = await start();
    const milliseconds = performance.now() - begin;
    await fetch(`${url}/authorize?client_id=unknown`);
    for (const spy of spies) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
    console.log(`upbond-emulator started in ${milliseconds.toFixed(0)} ms`);
    expect(milliseconds).toBeLessThan(2000);
  });

  it('refuses production unless it is allowed', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    await expect(start()).rejects.toMatchObject({
      code: 'production_refused',
      message: expect.stringContaining('NODE_ENV=production'),
    });
    await expect(start({ allowProduction: true })).resolves.toBeDefined();
  });

  it('says that a port is taken, and frees its own', async () => {
    const { port, close } = await start();
    await expect(start({ port })).rejects.toMatchObject({ code: 'port_unavailable' });
    const idle = await fetch(`http://127.0.0.1:${port}/`);
    expect(idle.status).toBe(200);
    await close();
    await close();
    await expect(start({ port })).resolves.toMatchObject({ port });
  });

  it.each<[string, UpbondEmulatorOptions]>([
    ['port', { port: 70_000 }],
    ['publicUrl', { publicUrl: 'login.example.test' }],
    ['redirectUris', { clients: [{ clientId: 'x', redirectUris: ['/callback'] }] }],
    ['clients', { clients: [] }],
    ['users', { users: [] }],
    [
      'same sub',
      {
        users: [
          { sub: 'a', email: 'a@b', name: 'A' },
          { sub: 'a', email: 'b@b', name: 'B' },
        ],
      },
    ],
    ['autoLogin', { autoLogin: { email: 'nobody@example.com' } }],
    ['codeSeconds', { lifetimes: { codeSeconds: 0 } }],
    [
      'postLogoutRedirectUris',
      { clients: [{ clientId: 'x', redirectUris: [], postLogoutRedirectUris: ['no url'] }] },
    ],
    ['Client x', { clients: [{ clientId: 'x', redirectUris: ['http://a/#fragment'] }] }],
  ])('names a wrong option: %s', async (name, options) => {
    await expect(start(options)).rejects.toMatchObject({
      code: 'invalid_options',
      message: expect.stringContaining(name),
    });
  });
});

describe('autoLogin', () => {
  it('answers /authorize with one redirect', async () => {
    const emulator = await start({ autoLogin: { email: 'taro@example.com' } });
    const attempt = await prepare(emulator, {
      audience: 'api',
      scope: 'openid email offline_access',
    });
    const response = await fetch(attempt.url, { redirect: 'manual' });
    const location = response.headers.get('location') ?? '';
    expect(location).toContain(`${redirectUri}?code=`);
    const tokens = await exchange(attempt, { url: new URL(location) });
    expect(oauth.getValidatedIdTokenClaims(tokens)?.['email']).toBe('taro@example.com');
    expect(tokens.refresh_token).toBeDefined();
  });

  it('answers prompt=login and prompt=consent without pages, and prompt=none with login_required', async () => {
    const emulator = await start({ autoLogin: { email: 'taro@example.com' } });
    for (const prompt of ['login', 'consent', 'login consent']) {
      const visit = await new Browser().open((await prepare(emulator, { prompt })).url);
      expect(visit.query.get('code')).toBeTruthy();
    }
    const silent = await new Browser().open((await prepare(emulator, { prompt: 'none' })).url);
    expect(silent.query.get('error')).toBe('login_required');
  });
});

describe('clients and users', () => {
  it('has public clients, and keeps client credentials from them', async () => {
    const emulator = await start({ clients: [{ clientId: 'demo', redirectUris: [redirectUri] }] });
    const attempt = await prepare(emulator);
    const tokens = await exchange(attempt, await signIn(attempt.url), oauth.None());
    expect(tokens.access_token).toBeDefined();
    const response = await oauth.clientCredentialsGrantRequest(
      attempt.as,
      { client_id: 'demo' },
      oauth.None(),
      {},
      insecure,
    );
    expect(response.status).toBe(400);
  });

  it('has machines without a redirect URI', async () => {
    const machine = { clientId: 'machine', clientSecret: 'machine-secret', redirectUris: [] };
    const { url } = await start({ clients: [machine] });
    const response = await postForm(`${url}/oauth/token`, {
      grant_type: 'client_credentials',
      audience: 'api',
      client_id: 'machine',
      client_secret: 'machine-secret',
    });
    expect(await response.json()).toMatchObject({ token_type: 'Bearer', expires_in: 86_400 });
  });

  it.each(['RS256', 'ES256', 'PS256'])('authenticates private_key_jwt with %s', async (alg) => {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    const jwks = {
      keys: [
        { ...(await exportJWK(publicKey)), kty: alg === 'ES256' ? 'EC' : 'RSA', kid: 'k1', alg },
      ],
    };
    const emulator = await start({
      clients: [{ clientId: 'demo', redirectUris: [redirectUri], jwks }],
    });
    const attempt = await prepare(emulator);
    const auth = oauth.PrivateKeyJwt({ key: privateKey, kid: 'k1' });
    expect((await exchange(attempt, await signIn(attempt.url), auth)).access_token).toBeDefined();
  });

  it('takes users with claims of their own, escaped on the page', async () => {
    const users = [{ email: 'o@example.com', name: `O'Brien <b>`, 'https://app/role': 'admin' }];
    const emulator = await start({ users });
    const attempt = await prepare(emulator);
    const page = await new Browser().open(attempt.url);
    expect(page.page).toContain('O&#39;Brien &lt;b&gt;');
    const consent = await page.click('O&#39;Brien &lt;b&gt;');
    const tokens = await exchange(attempt, await consent.click('Allow'));
    const claims = oauth.getValidatedIdTokenClaims(tokens);
    expect(claims).toMatchObject({ 'https://app/role': 'admin' });
    expect(claims).not.toHaveProperty('wallet_address');
  });
});

/** A certificate for this run only. */
async function selfSigned(host: string): Promise<{ key: string; cert: string }> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: host }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: host }] }],
  });
  return { key, cert };
}

describe('publicUrl and tls', () => {
  const host = 'login.example.test';

  async function get(
    port: number,
    path: string,
    ca: string,
  ): Promise<{ cookies: string; body: string }> {
    const options = { host: '127.0.0.1', servername: host, port, path, ca };
    const [response] = (await once(httpsGet(options), 'response')) as [IncomingMessage];
    let body = '';
    for await (const chunk of response) body += String(chunk);
    return { cookies: String(response.headers['set-cookie']), body };
  }

  it('speaks https under the public name', async () => {
    const tls = await selfSigned(host);
    const publicUrl = `https://${host}:8443`;
    const emulator = await start({ publicUrl, tls });
    expect(emulator).toMatchObject({ url: publicUrl, issuer: `${publicUrl}/` });
    const { body } = await get(emulator.port, '/.well-known/openid-configuration', tls.cert);
    expect(JSON.parse(body)).toMatchObject({
      issuer: `${publicUrl}/`,
      token_endpoint: `${publicUrl}/oauth/token`,
    });
    const { cookies } = await get(
      emulator.port,
      `/authorize?client_id=demo&response_type=code&redirect_uri=${redirectUri}`,
      tls.cert,
    );
    expect(cookies).toMatch(/upbond_emulator_interaction=.*secure/i);
  });
});

describe('other clients', () => {
  const machine = (clientSecret: string) => ({
    clientId: 'machine',
    clientSecret,
    redirectUris: [],
  });
  const ask = (url: string, clientSecret: string) =>
    fetch(`${url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: 'machine',
        client_secret: clientSecret,
      }),
    });

  it('are registered while it runs: a secret is rotated', async () => {
    const emulator = await start({ clients: [machine('old')] });
    expect((await ask(emulator.url, 'old')).status).toBe(200);
    await emulator.setClients([machine('new')]);
    expect(emulator.clients).toMatchObject([{ clientSecret: 'new' }]);
    expect((await ask(emulator.url, 'old')).status).toBe(401);
    expect((await ask(emulator.url, 'new')).status).toBe(200);
  });

  it('are refused when they cannot work, and the ones before stay', async () => {
    const emulator = await start({ clients: [machine('old')] });
    const broken = { ...machine('new'), redirectUris: ['http://localhost/#fragment'] };
    for (const clients of [[], [broken]]) {
      await expect(emulator.setClients(clients)).rejects.toMatchObject({ code: 'invalid_options' });
    }
    expect((await ask(emulator.url, 'old')).status).toBe(200);
    expect(emulator.clients).toMatchObject([{ clientSecret: 'old' }]);
  });
});
