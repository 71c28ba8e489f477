import type { ArgumentsHost, INestApplication } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PLATFORMS } from '../support/application.js';
import { API, challengeOf, startBearerApplication, type BearerApplication } from './fixture.js';

const PATH = '/.well-known/oauth-protected-resource';

describe.each(PLATFORMS)('the answers of RFC 6750 on %s', (platform) => {
  let app: BearerApplication;

  beforeAll(async () => {
    app = await startBearerApplication(platform);
  });

  afterAll(() => app.close());

  const INVALID = 'error="invalid_token"';
  it.each<[string, () => Promise<Record<string, string>>, string, number, string]>([
    ['no credentials', async () => ({}), '/me', 401, ''],
    ['another scheme', async () => ({ authorization: 'Basic dTpw' }), '/me', 401, ''],
    [
      'a malformed header',
      async () => ({ authorization: 'Bearer' }),
      '/me',
      400,
      'error="invalid_request"',
    ],
    ['an opaque token', async () => ({ authorization: 'Bearer abc' }), '/me', 401, INVALID],
    [
      'an expired token',
      async () => ({ authorization: `Bearer ${await app.token({ iat: 1, exp: 2 })}` }),
      '/me',
      401,
      INVALID,
    ],
    [
      'a missing scope',
      async () => ({ authorization: `Bearer ${await app.token({ scope: 'read' })}` }),
      '/scope',
      403,
      'error="insufficient_scope", scope="read:contacts"',
    ],
    [
      'a missing role',
      async () => ({ authorization: `Bearer ${await app.token()}` }),
      '/role',
      403,
      'error="insufficient_scope"',
    ],
    [
      'a sign-in that is too weak',
      async () => ({ authorization: `Bearer ${await app.token()}` }),
      '/step-up',
      401,
      'error="insufficient_user_authentication", acr_values="gold", max_age="300"',
    ],
    [
      'a token where only a session will do',
      async () => ({ authorization: `Bearer ${await app.token()}` }),
      '/session',
      401,
      '',
    ],
  ])('%s', async (_, headers, path, status, challenge) => {
    const answer = await app.get(path, await headers());
    expect([answer.status, challengeOf(answer)]).toEqual([status, challenge]);
    expect(answer.headers.get('www-authenticate')).toContain(
      `resource_metadata="${app.url}${PATH}"`,
    );
  });

  it('the same answer for every reason to refuse a token', async () => {
    const tokens = [{ aud: 'x' }, { iss: 'x' }, { exp: 1 }, { sub: '' }, { nonce: 'n' }];
    const answers = await Promise.all(tokens.map((one) => app.withToken('/me', app.token(one))));
    const texts = new Set(answers.map((one) => one.body + one.headers.get('www-authenticate')));
    expect([...texts]).toHaveLength(1);
    expect([...texts][0]).not.toMatch(/aud|iss|exp|sub|nonce/);
  });

  it('503 while there are no keys, and the route that is public goes on', async () => {
    const other = await startBearerApplication(platform);
    try {
      other.server.script('jwks', { status: 500 });
      const token = await other.token();
      expect((await other.withToken('/me', token)).status).toBe(503);
      expect((await other.withToken('/open', token)).status).toBe(200);
    } finally {
      await other.close();
    }
  });
});

describe.each(PLATFORMS)('with a filter of the application on %s', (platform) => {
  it('challenges are there, although the filter knows nothing of them', async () => {
    const configure = (app: INestApplication) => {
      const reply = (_: unknown, host: ArgumentsHost) =>
        void app.getHttpAdapter().reply(host.switchToHttp().getResponse(), { ours: true }, 418);
      app.useGlobalFilters({ catch: reply });
    };
    const app = await startBearerApplication(platform, {}, { configure });
    try {
      const answer = await app.withToken('/me', 'abc');
      expect([answer.status, challengeOf(answer)]).toEqual([418, 'error="invalid_token"']);
      const answers = [await app.get('/me'), await app.withToken('/role', app.token())];
      expect(answers.map(challengeOf)).toEqual(['', 'error="insufficient_scope"']);
      expect(answers.every(({ headers }) => headers.has('www-authenticate'))).toBe(true);
    } finally {
      await app.close();
    }
  });
});

describe.each(PLATFORMS)('the metadata of RFC 9728 on %s', (platform) => {
  const document = async (
    options: Parameters<typeof startBearerApplication>[1] = {},
    path = PATH,
    setup: Parameters<typeof startBearerApplication>[2] = {},
  ) => {
    const app = await startBearerApplication(platform, options, setup);
    try {
      const { status, body, headers } = await app.get(path);
      const challenge = (await app.get('/me')).headers.get('www-authenticate') ?? '';
      const named = /resource_metadata="([^"]*)"/.exec(challenge)?.[1];
      const { url } = app;
      return { status, body, headers, named: named?.slice(url.length), issuer: app.server.url };
    } finally {
      await app.close();
    }
  };

  it('names the API, its authorization server, and the scopes of all decorators', async () => {
    const { status, body, headers, issuer } = await document();
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(headers.getSetCookie()).toEqual([]);
    expect(JSON.parse(body)).toEqual({
      resource: API,
      authorization_servers: [issuer],
      bearer_methods_supported: ['header'],
      scopes_supported: ['admin', 'never:granted', 'read:contacts'],
    });
  });

  it('is where the options say, and nowhere when it is off or there is no URL to publish', async () => {
    const at = (protectedResourceMetadata: string | false) => ({
      routes: { protectedResourceMetadata },
    });
    expect(await document(at('/meta'), '/meta')).toMatchObject({ status: 200, named: '/meta' });
    expect(await document(at(false))).toMatchObject({ status: 404, named: undefined });
    const nameless = { accessTokenAudiences: ['urn:api'] };
    expect(await document(nameless)).toMatchObject({ status: 404, named: undefined });
    expect(await document({ accessTokenAudiences: [] })).toMatchObject({ status: 404 });
  });

  it('is named as the browser sees it, behind a proxy and below a global prefix', async () => {
    const configure = (app: { setGlobalPrefix(prefix: string, options: object): unknown }) =>
      void app.setGlobalPrefix('api', { exclude: ['me', 'auth/callback'] });
    const prefixed = await document({}, `/api${PATH}`, { configure });
    expect(prefixed).toMatchObject({ status: 200, named: `/api${PATH}` });
    const exclude = { exclude: ['me', 'auth/callback', PATH.slice(1)] };
    const atRoot = await document({}, PATH, {
      configure: (app) => void app.setGlobalPrefix('api', exclude),
    });
    expect(atRoot).toMatchObject({ status: 200, named: PATH });
  });
});
