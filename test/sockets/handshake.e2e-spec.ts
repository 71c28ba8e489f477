import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { UserAgent } from '../support/user-agent.js';
import { ask, connect, verdict, type Refusal } from './clients.js';
import { COMBINATIONS, SocketScene, withToken } from './fixture.js';

const now = (): number => Math.floor(Date.now() / 1000);

describe.each(COMBINATIONS)('who may connect: %s, %s', (platform, library) => {
  let scene: SocketScene;
  let agent: UserAgent;

  beforeAll(async () => {
    scene = await SocketScene.start(platform, library);
    agent = await scene.application.signedIn();
  });
  beforeEach(() => void scene.arrivals.list.splice(0));
  afterAll(() => scene.close());

  it('a bearer token opens a closed gateway, and every message knows the user', async () => {
    const client = await scene.connected('closed', await scene.bearer());
    expect(scene.arrivals.list).toEqual(['closed did:key:z1']);
    const { data } = await ask(client, 'me', { hello: 1 });
    expect(data).toEqual({ sub: 'did:key:z1', body: { hello: 1 }, isFrozen: true });
    client.close();
  });

  it('a session cookie opens it from a page of the application', async () => {
    const client = await scene.connected('closed', await scene.cookies(agent));
    expect(scene.arrivals.list).toEqual([`closed ${scene.application.server.sub}`]);
    expect(await verdict(client, 'session')).toBe('ok');
    client.close();
  });

  it.each([
    ['nothing', {}, 'login_required'],
    ['another audience', { aud: 'https://other.example.com' }, 'invalid_token'],
    ['another issuer', { iss: 'https://other.example.com' }, 'invalid_token'],
    ['an expired token', { iat: now() - 900, exp: now() - 300 }, 'invalid_token'],
    ['a token that expired within the leeway', { exp: now() - 5 }, 'invalid_token'],
  ])('%s: refused, and handleConnection is not called', async (what, claims, code) => {
    const credentials = what === 'nothing' ? {} : await scene.bearer(claims);
    expect(await scene.outcome('closed', credentials)).toBe(code);
    expect(scene.arrivals.list).toEqual([]);
  });

  it('a tampered token, no token and a token of another kind are refused', async () => {
    const token = await scene.application.token();
    const tampered = `${token.slice(0, -4)}AAAA`;
    expect(await scene.outcome('closed', withToken(library, tampered))).toBe('invalid_token');
    expect(await scene.outcome('closed', withToken(library, 'a b'))).toBe('invalid_request');
    expect(await scene.outcome('closed', withToken(library, ''))).toBe('invalid_request');
    expect(scene.arrivals.list).toEqual([]);
  });

  it('a bad token decides although the cookie is good', async () => {
    const { headers } = await scene.cookies(agent);
    const bad = withToken(library, 'e30.e30.e30');
    const both = { ...bad, headers: { ...headers, ...bad.headers } };
    expect(await scene.outcome('closed', both)).toBe('invalid_token');
  });

  it('a token in the query is not looked at', async () => {
    const token = await scene.application.token();
    const query = `?token=${token}&access_token=${token}`;
    const place = library === 'ws' ? `closed${query}` : `closed${query}`;
    expect(await scene.outcome(place)).toBe('login_required');
    expect(scene.arrivals.list).toEqual([]);
  });

  it.each([
    ['another site', { origin: 'https://evil.example' }],
    ['another port of the host', { origin: 'http://localhost:1' }],
    ['a sandboxed frame', { origin: 'null' }],
    ['our host in another spelling', { origin: 'HTTP://LOCALHOST' }],
    ['what Fetch Metadata calls cross-site', { 'sec-fetch-site': 'cross-site' }],
    [
      'another site that claims same-origin',
      { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
    ],
  ])('a cookie from %s is refused: cross-site WebSocket hijacking', async (_what, headers) => {
    const credentials = await scene.cookies(agent, headers as Record<string, string>);
    expect(await scene.outcome('closed', credentials)).toBe('cross_site_request');
    expect(scene.arrivals.list).toEqual([]);
  });

  it('a cookie without Origin is refused', async () => {
    const { headers } = await scene.cookies(agent);
    const { cookie = '' } = headers ?? {};
    expect(await scene.outcome('closed', { headers: { cookie } })).toBe('cross_site_request');
    const claimed = { cookie, 'sec-fetch-site': 'same-origin' };
    expect(await scene.outcome('closed', { headers: claimed })).toBe('cross_site_request');
  });

  it('a token needs no Origin, and any will do', async () => {
    const { headers, auth } = await scene.bearer();
    const foreign = { ...headers, origin: 'https://evil.example' };
    expect(await scene.outcome('closed', { headers: foreign, ...(auth && { auth }) })).toBe(
      'connected',
    );
  });

  it('an open gateway lets everybody in and recognises who signed in', async () => {
    const who = async (credentials: Parameters<SocketScene['connect']>[1]) => {
      const client = await scene.connected('open', credentials);
      const { data } = await ask(client, 'who');
      const scope = await verdict(client, 'scope');
      client.close();
      return `${String(data['sub'])} ${scope}`;
    };
    expect(await who({})).toBe('null login_required');
    expect(await who(await scene.bearer())).toBe('did:key:z1 ok');
    expect(await who(await scene.bearer({ aud: 'urn:other' }))).toBe('null login_required');
    const foreign = await scene.cookies(agent, { origin: 'https://evil.example' });
    expect(await who(foreign)).toBe('null login_required');
    expect(await who(await scene.cookies(agent))).toMatch(/^did:key:.* insufficient_scope$/);
  });

  it('one public message opens the gateway for connections, and no other message', async () => {
    const client = await scene.connected('half');
    expect(scene.arrivals.list).toEqual(['half nobody']);
    expect((await ask(client, 'who')).data).toEqual({ sub: null });
    expect(await verdict(client, 'me')).toBe('login_required');
    client.close();
  });

  it('what the class asks is asked of whoever connects', async () => {
    expect(await scene.outcome('admin')).toBe('login_required');
    expect(await scene.outcome('admin', await scene.bearer())).toBe('insufficient_permissions');
    expect(scene.arrivals.list).toEqual([]);
    expect(await scene.outcome('admin', await scene.bearer({ roles: ['admin'] }))).toBe(
      'connected',
    );
    expect(await scene.outcome('bearer', await scene.cookies(agent))).toBe('login_required');
    expect(await scene.outcome('bearer', await scene.bearer())).toBe('connected');
  });

  it('the decorators of messages', async () => {
    const client = await scene.connected('closed', await scene.bearer({ scope: 'openid' }));
    expect(await verdict(client, 'me')).toBe('ok');
    expect(await verdict(client, 'scope')).toBe('insufficient_scope');
    expect(await verdict(client, 'role')).toBe('insufficient_permissions');
    expect(await verdict(client, 'session')).toBe('login_required');
    expect(await verdict(client, 'step-up')).toBe('insufficient_user_authentication');
    const { data } = await ask(client, 'scope', { page: 2 });
    expect(data).toEqual({
      status: 'error',
      code: 'insufficient_scope',
      message: 'The access does not cover this request.',
      cause: { pattern: 'scope', data: { page: 2 } },
    });
    client.close();
  });
});

describe.each(['express', 'fastify'] as const)('the HTTP answer of ws on %s', (platform) => {
  let scene: SocketScene;

  beforeAll(async () => {
    scene = await SocketScene.start(platform, 'ws');
  });
  afterAll(() => scene.close());

  const refusal = async (headers: Record<string, string>, place = 'closed') =>
    (await connect('ws', scene.url, place, { headers })) as Refusal;

  it('is 401 with a challenge, 400 or 403, and never 101', async () => {
    const nothing = await refusal({});
    expect(nothing.status).toBe(401);
    expect(nothing.headers?.['www-authenticate']).toMatch(
      /^Bearer realm="localhost:\d+", resource_metadata=/,
    );
    expect(nothing.headers).toMatchObject({ connection: 'close', 'cache-control': 'no-store' });
    const bad = await refusal({ authorization: 'Bearer e30.e30.e30' });
    expect(bad.status).toBe(401);
    expect(bad.headers?.['www-authenticate']).toContain('error="invalid_token"');
    expect((await refusal({ authorization: 'Bearer' })).status).toBe(400);
    const token = await scene.application.token();
    const poor = await refusal({ authorization: `Bearer ${token}` }, 'admin');
    expect(poor.status).toBe(403);
    expect(poor.headers?.['www-authenticate']).toContain('error="insufficient_scope"');
    const agent = await scene.application.signedIn();
    const { headers } = await scene.cookies(agent, { origin: 'https://evil.example' });
    expect((await refusal(headers ?? {})).status).toBe(403);
  });

  it('a navigation is not redirected', async () => {
    const page = {
      accept: 'text/html',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };
    const { status, headers } = await refusal(page);
    expect(status).toBe(401);
    expect(headers).not.toHaveProperty('location');
  });
});
