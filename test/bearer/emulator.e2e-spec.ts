import { startUpbondEmulator } from 'upbond-emulator';
import type { TokenSet, UpbondAuthOptions } from 'nestjs-upbond-auth';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CLIENT_ID, CLIENT_SECRET, PLATFORMS, startApplication } from '../support/application.js';
import { freePort } from '../support/ports.js';
import { UserAgent } from '../support/user-agent.js';
import { API, RoutesController } from './fixture.js';

describe.each(PLATFORMS)('opaque access tokens of the emulator on %s', (platform) => {
  /** An application whose user has signed in, and the tokens of that login. */
  async function signedIn(options: UpbondAuthOptions) {
    const port = await freePort();
    const url = `http://localhost:${port}`;
    const redirectUris = [`${url}/auth/callback`];
    const emulator = await startUpbondEmulator({
      clients: [{ clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, redirectUris }],
      autoLogin: { email: 'hanako@example.com' },
      habits: { accessTokenProfile: 'opaque' },
    });
    onTestFinished(() => emulator.close());
    let tokens!: TokenSet;
    const { app, close } = await startApplication({
      platform,
      port,
      controllers: [RoutesController],
      options: {
        domain: emulator.url,
        accessTokenAudiences: [API],
        scope: 'openid offline_access read:contacts',
        onLogin: ({ sub }, received) => {
          tokens = received;
          return { sub };
        },
        ...options,
      },
    });
    onTestFinished(close);
    await new UserAgent().navigate(`${url}/auth/login?returnTo=/open`);
    const status = async (token: string | undefined, path = '/scope') => {
      const headers = { accept: 'application/json', authorization: `Bearer ${token}` };
      return (await new UserAgent().request(url + path, { headers })).status;
    };
    return { app, emulator, tokens, status };
  }

  it('pass by introspection; refresh tokens, tokens of clients and tokens for others do not', async () => {
    const options = { opaqueAccessTokens: 'introspection', audience: API } as const;
    const { emulator, tokens, status } = await signedIn(options);
    expect(tokens.accessToken).not.toContain('.');
    expect(await status(tokens.accessToken)).toBe(200);
    expect(await status(tokens.refreshToken)).toBe(401);
    expect(await status('invented')).toBe(401);
    const form = { client_id: CLIENT_ID, client_secret: CLIENT_SECRET };
    const grant = { ...form, grant_type: 'client_credentials', audience: API };
    expect(await status(await accessToken(emulator.url, grant), '/me')).toBe(401);
    const refresh = { ...form, grant_type: 'refresh_token', refresh_token: tokens.refreshToken! };
    const fresh = await accessToken(emulator.url, refresh);
    expect(fresh).not.toBe(tokens.accessToken);
    expect(await status(fresh)).toBe(200);
  });

  it('do not pass by introspection without an audience', async () => {
    const { tokens, status } = await signedIn({ opaqueAccessTokens: 'introspection' });
    expect(await status(tokens.accessToken, '/me')).toBe(401);
  });

  it('pass by the user endpoint, without their scope', async () => {
    const { tokens, status } = await signedIn({ opaqueAccessTokens: 'dangerously-userinfo' });
    expect(await status(tokens.accessToken, '/me')).toBe(200);
    expect(await status(tokens.accessToken)).toBe(403);
    expect(await status('invented', '/me')).toBe(401);
  });
});

async function accessToken(url: string, form: Record<string, string>): Promise<string> {
  const body = new URLSearchParams(form);
  const response = await fetch(`${url}/oauth/token`, { method: 'POST', body });
  expect(response.status).toBe(200);
  return ((await response.json()) as { access_token: string }).access_token;
}
