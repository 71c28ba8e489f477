import { onTestFinished } from 'vitest';
import type { UpbondAuthOptions } from 'nestjs-upbond-auth';
import { PLATFORMS } from '../support/application.js';
import { withClaims } from '../support/id-tokens.js';
import { startScriptedLogin, type ScriptedLogin } from '../support/scripted-login.js';

async function expectSignedIn(login: ScriptedLogin): Promise<void> {
  const landed = await login.signIn();
  expect({ status: landed.status, url: landed.url }).toEqual({
    status: 200,
    url: `${login.url}/me`,
  });
}

async function expectUnavailable(login: ScriptedLogin): Promise<void> {
  const answer = await login.signIn();
  expect(answer.status).toBe(503);
  expect(answer.body).toContain('Code: temporarily_unavailable');
  expect(login.server.count('authorize')).toBe(0);
  expect(answer.headers.getSetCookie()).toEqual([]);
}

/** What the application logs from now on. */
function linesOf({ application }: ScriptedLogin): string[] {
  const lines: string[] = [];
  const keep = (line: unknown) => void lines.push(String(line));
  application.app.useLogger({ log: keep, warn: keep, error: keep });
  return lines;
}

/** Members of the metadata that nobody can work with. */
const MALFORMED: readonly [what: string, metadata: Record<string, unknown>][] = [
  ['no issuer', { issuer: undefined }],
  ['a number for the issuer', { issuer: 1 }],
  ['an issuer in an array', { issuer: ['http://127.0.0.1'] }],
  ['another issuer', { issuer: 'https://other.example' }],
  ['no authorization endpoint', { authorization_endpoint: undefined }],
  ['a number for the authorization endpoint', { authorization_endpoint: 1 }],
  ['a relative authorization endpoint', { authorization_endpoint: '/authorize' }],
  ['a script for the authorization endpoint', { authorization_endpoint: 'javascript:alert(1)' }],
  ['a data URL for the authorization endpoint', { authorization_endpoint: 'data:text/html,x' }],
  ['a line break in the authorization endpoint', { authorization_endpoint: 'https://a\r\nX: y' }],
  ['a fragment in the authorization endpoint', { authorization_endpoint: 'https://a/#f' }],
  ['a password in the token endpoint', { token_endpoint: 'https://user:password@a/token' }],
  ['no token endpoint', { token_endpoint: undefined }],
  ['plain http for the token endpoint', { token_endpoint: 'http://login.example/oauth/token' }],
  ['a file for the token endpoint', { token_endpoint: 'file:///etc/passwd' }],
  ['null for the token endpoint', { token_endpoint: null }],
  ['no jwks_uri', { jwks_uri: undefined }],
  ['a jwks_uri of 3 kB', { jwks_uri: `https://a/${'x'.repeat(3000)}` }],
  ['"yes" for a boolean', { authorization_response_iss_parameter_supported: 'yes' }],
];

/** Oddities that a login does not depend on. */
const HARMLESS: readonly [what: string, metadata: Record<string, unknown>][] = [
  ['a user endpoint that cannot be used', { userinfo_endpoint: 'javascript:alert(1)' }],
  ['a number for the revocation endpoint', { revocation_endpoint: 1 }],
  ['unknown members', { x: { y: ['z'] }, constructor: 1 }],
  ['only plain for PKCE', { code_challenge_methods_supported: ['plain'] }],
  ['no supported scopes', { scopes_supported: [] }],
];

const STATUSES = [400, 401, 403, 429, 500, 503];

describe.each(PLATFORMS)('Discovery (%s)', (platform) => {
  const start = (options: UpbondAuthOptions = {}) =>
    startScriptedLogin({ platform, options }, onTestFinished);

  it('happens at the first login, once for many', async () => {
    const login = await start();
    expect(login.server.requests).toEqual([]);
    await Promise.all([expectSignedIn(login.anotherBrowser()), expectSignedIn(login)]);
    await expectSignedIn(login);
    expect(login.server.count('discovery')).toBe(1);
  });

  it.each([404, 410])(
    'falls back to the documented paths when the answer is %i',
    async (status) => {
      const login = await start();
      login.server.script('discovery', { status });
      await expectSignedIn(login);
      expect(login.server.last('authorize').path).toBe('/authorize');
      expect(login.server.last('token').path).toBe('/oauth/token');
      expect(login.server.last('jwks').path).toBe('/.well-known/jwks.json');
    },
  );

  it.each(['', '/'])('accepts the issuer “domain%s” when there is no discovery', async (slash) => {
    const login = await start();
    login.server.script('discovery', { status: 404 });
    login.server.makeIdToken = withClaims({ iss: login.server.url + slash });
    await expectSignedIn(login);
  });

  it('says once which issuer it saw when there is no discovery', async () => {
    const login = await start();
    login.server.script('discovery', { status: 404 });
    const issuer = `${login.server.url}/`;
    login.server.makeIdToken = withClaims({ iss: issuer });
    const lines = linesOf(login);
    await expectSignedIn(login);
    await expectSignedIn(login.anotherBrowser());
    expect(lines.filter((line) => line.includes('issuer'))).toEqual([
      `The issuer is ${issuer}. Set UPBOND_ISSUER to accept only that.`,
    ]);
  });

  it('says nothing about the issuer that discovery names', async () => {
    const login = await start();
    const lines = linesOf(login);
    await expectSignedIn(login);
    expect(lines.filter((line) => line.includes('issuer'))).toEqual([]);
  });

  it.each(['//', '/x', '.evil.example'])(
    'refuses the issuer “domain%s” when there is no discovery',
    async (suffix) => {
      const login = await start();
      login.server.script('discovery', { status: 404 });
      login.server.makeIdToken = withClaims({ iss: login.server.url + suffix });
      const answer = await login.signIn();
      expect(answer.status).toBe(502);
      expect(answer.body).toContain('Code: id_token_issuer_mismatch');
      expect((await login.me()).status).toBe(401);
    },
  );

  it.each(STATUSES)(
    'is a 503 for that login when the answer is %i, and the next one tries again',
    async (status) => {
      const login = await start();
      login.server.script('discovery', { status, body: {} });
      await expectUnavailable(login);
      await expectUnavailable(login);
      expect(login.server.count('discovery')).toBe(2);
      login.server.heal();
      await expectSignedIn(login);
    },
  );

  it.each(MALFORMED)('makes no authorization request with %s', async (_what, metadata) => {
    const login = await start();
    login.server.metadata = metadata;
    await expectUnavailable(login);
    login.server.metadata = {};
    await expectSignedIn(login);
  });

  it.each(HARMLESS)('logs in with %s', async (_what, metadata) => {
    const login = await start();
    login.server.metadata = metadata;
    await expectSignedIn(login);
  });

  it('does not follow a redirect to other metadata', async () => {
    const login = await start();
    const { url } = await login.server.openDoor();
    const location = `${url}/.well-known/openid-configuration`;
    login.server.script('discovery', { status: 302, headers: { location } });
    await expectUnavailable(login);
    expect(login.server.count('discovery')).toBe(1);
  });

  it('is not asked when everything is configured', async () => {
    const login = await startScriptedLogin(
      {
        platform,
        optionsFor: ({ url, paths }) => ({
          issuer: url,
          endpoints: {
            authorizationEndpoint: url + paths.authorize,
            tokenEndpoint: url + paths.token,
            jwksUri: url + paths.jwks,
          },
        }),
      },
      onTestFinished,
    );
    await expectSignedIn(login);
    expect(login.server.count('discovery')).toBe(0);
  });

  it('keeps the query that an authorization endpoint has of its own', async () => {
    const authorizationEndpoint = 'https://login.example/authorize?tenant=a%26b&state=theirs';
    const login = await startScriptedLogin(
      {
        platform,
        optionsFor: ({ url }) => ({ issuer: url, endpoints: { authorizationEndpoint } }),
      },
      onTestFinished,
    );
    const { headers } = await login.browser.visit(`${login.url}/auth/login`);
    const { origin, searchParams } = new URL(headers.get('location') ?? '');
    expect(origin).toBe('https://login.example');
    expect(searchParams.get('tenant')).toBe('a&b');
    expect(searchParams.getAll('state')).toEqual([expect.stringMatching(/^[\w-]{22,}$/)]);
  });

  it('shows the public pages of the application while the server is down', async () => {
    const login = await start();
    await login.server.front.close();
    const page = await login.browser.visit(`${login.url}/`);
    expect({ status: page.status, body: page.body }).toEqual({
      status: 200,
      body: 'the public page',
    });
    expect((await login.signIn()).status).toBe(503);
    await login.server.front.reopen();
    await expectSignedIn(login);
  });

  it('keeps sessions alive while the server is down', async () => {
    const login = await start();
    await expectSignedIn(login);
    await login.server.front.close();
    expect((await login.me()).status).toBe(200);
  });
});
