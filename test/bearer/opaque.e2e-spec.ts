import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import type { UpbondAuthOptions } from 'nestjs-upbond-auth';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CLIENT_ID, PLATFORMS } from '../support/application.js';
import { MovableClock } from '../support/movable-clock.js';
import type { Reply } from '../support/scripted-server.js';
import type { Answer } from '../support/user-agent.js';
import { until } from '../support/waiting.js';
import { API, challengeOf, startBearerApplication, type BearerApplication } from './fixture.js';

const INTROSPECTION: UpbondAuthOptions = { opaqueAccessTokens: 'introspection' };
const USERINFO: UpbondAuthOptions = { opaqueAccessTokens: 'dangerously-userinfo' };
const now = () => Math.floor(Date.now() / 1000);

/** A token that nobody has seen before. */
const newToken = () => randomBytes(24).toString('base64url');

describe.each(PLATFORMS)('opaque access tokens on %s', (platform) => {
  let app: BearerApplication;
  const clock = new MovableClock();

  const start = (options: UpbondAuthOptions) =>
    startBearerApplication(platform, { deadlineSeconds: 1, ...options }, { clock });

  /** A token of which the server says this, on top of what makes it good; `undefined` removes. */
  function issue(claims: object = {}): string {
    const token = newToken();
    const usual = { active: true, token_type: 'Bearer', sub: 'did:key:z1', aud: API };
    const said = { ...usual, iss: app.server.url, exp: now() + 600, scope: 'read:contacts' };
    app.server.tokens.set(token, { ...said, ...claims });
    return token;
  }

  const status = async (token: string, path = '/me') => (await app.withToken(path, token)).status;
  const asked = () => app.server.count('introspection');

  afterEach(() => {
    clock.reset();
    app.server.heal();
  });

  describe('by introspection', () => {
    beforeAll(async () => {
      app = await start(INTROSPECTION);
    });

    afterAll(async () => {
      expect(app.server.problems).toEqual([]);
      await app.close();
    });

    it('passes with the claims as its user, frozen, and sets no cookie', async () => {
      const answer = await app.withToken('/me', issue({ sub: 'did:key:z7' }));
      expect(answer.status).toBe(200);
      expect(JSON.parse(answer.body)).toEqual({ sub: 'did:key:z7', isSame: true, isFrozen: true });
      expect(answer.headers.getSetCookie()).toEqual([]);
      expect(answer.headers.get('cache-control')).toBe('private, no-store');
    });

    const RICH = {
      scope: 'admin read:contacts',
      permissions: ['contacts:write'],
      roles: ['admin'],
      email_verified: true,
      acr: 'gold',
    };

    it.each<[string, number, number]>([
      ['/me', 200, 200],
      ['/bearer', 200, 200],
      ['/session', 401, 401],
      ['/scope', 200, 403],
      ['/any-scope', 200, 403],
      ['/permission', 200, 403],
      ['/role', 200, 403],
      ['/claims', 200, 403],
      ['/step-up', 200, 401],
    ])('%s: %s with every privilege, %s without', async (path, rich, poor) => {
      expect(await status(issue({ ...RICH, auth_time: now() }), path)).toBe(rich);
      expect(await status(issue({ scope: undefined }), path)).toBe(poor);
    });

    it.each<[string, object]>([
      ['a token that is not active', { active: false }],
      ['a token for another API', { aud: 'https://other.example.com' }],
      ['a token for nobody', { aud: undefined }],
      ['a token for the client, such as an ID token', { aud: CLIENT_ID }],
      ['a token of another issuer', { iss: 'https://evil.example' }],
      ['a token without a subject', { sub: undefined }],
      ['an expired token', { exp: now() - 100 }],
      ['a refresh token, as most servers show it', { token_type: undefined }],
      ['a refresh token, as Hydra shows it', { token_use: 'refresh_token' }],
      ['a token that is bound to a key', { token_type: 'DPoP' }],
    ])('%s is answered invalid_token', async (_, claims) => {
      const answer = await app.withToken('/me', issue(claims));
      expect([answer.status, challengeOf(answer)]).toEqual([401, 'error="invalid_token"']);
    });

    it('a token that the server does not know is nobody on a public route', async () => {
      expect((await app.withToken('/open', newToken())).body).toBe('{"sub":null}');
      expect((await app.withToken('/open', issue())).body).toBe('{"sub":"did:key:z1"}');
    });

    it('a JWT is never asked about, however it fails and whatever the server would say', async () => {
      const good = await app.token();
      const [head, body, signature] = good.split('.');
      const bad = [
        await app.token({ exp: 1, iat: 0 }),
        await app.token({ aud: 'https://other.example.com' }),
        await app.token({}, { kid: 'unknown' }),
        await app.token({}, { typ: 'logout+jwt' }),
        `${head}.${body}.${signature?.slice(0, -3)}AAA`,
        `${head}.${body}.${signature}=`,
        `${head}~.${body}.${signature}`,
        `${head}.${body}.`,
        'a.b.c',
        '..',
      ];
      const before = asked();
      for (const token of [...bad, good]) {
        app.server.tokens.set(token, { active: true, token_type: 'Bearer', sub: 'a', aud: API });
      }
      for (const token of bad) expect(await status(token)).toBe(401);
      expect(await status(good)).toBe(200);
      expect(asked()).toBe(before);
    });

    it('an encrypted token has five parts and is asked about', async () => {
      const token = 'eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d';
      expect(await status(token)).toBe(401);
      expect(app.server.last('introspection').form.get('token')).toBe(token);
    });

    it('is asked about once, by however many requests at once and afterwards', async () => {
      const [good, bad] = [issue(), newToken()];
      const before = asked();
      const burst = (token: string) => Promise.all(Array.from({ length: 20 }, () => status(token)));
      for (const _round of [1, 2]) {
        expect(new Set(await burst(good))).toEqual(new Set([200]));
        expect(new Set(await burst(bad))).toEqual(new Set([401]));
      }
      expect(asked() - before).toBe(2);
    });

    it('nobody gets the claims of somebody else, at whatever pace answers come', async () => {
      app.server.script('introspection', async (_, healthy) => {
        await new Promise((resolve) => setImmediate(resolve));
        return healthy();
      });
      const subjects = Array.from({ length: 30 }, (_, index) => `did:key:${index}`);
      const tokens = subjects.map((sub) => issue({ sub }));
      for (const _round of [1, 2]) {
        const answers = await Promise.all(tokens.map((token) => app.withToken('/me', token)));
        expect(answers.map(({ body }) => (JSON.parse(body) as { sub: string }).sub)).toEqual(
          subjects,
        );
      }
    });

    it('one that is revoked passes until the cache time is over, and not a moment longer', async () => {
      const token = issue();
      expect(await status(token)).toBe(200);
      app.server.tokens.delete(token);
      clock.forward(58);
      expect(await status(token)).toBe(200);
      clock.forward(2);
      expect(await status(token)).toBe(401);
    });

    it('never passes after its expiry, although the cache time is not over', async () => {
      const token = issue({ exp: now() + 20 });
      expect(await status(token)).toBe(200);
      app.server.tokens.delete(token);
      clock.forward(21);
      expect(await status(token)).toBe(401);
    });

    it('a refused token is asked about again after five seconds', async () => {
      const token = newToken();
      expect(await status(token)).toBe(401);
      app.server.tokens.set(token, { ...app.server.tokens.get(issue()) });
      expect(await status(token)).toBe(401);
      clock.forward(5);
      expect(await status(token)).toBe(200);
    });

    it('503 without a challenge while the server fails; known tokens pass until their cache time ends', async () => {
      const [known, token] = [issue(), issue()];
      expect(await status(known)).toBe(200);
      app.server.script('introspection', { status: 500 });
      const answer = await app.withToken('/me', token);
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([503, null]);
      expect(answer.body).toContain('temporarily_unavailable');
      expect(await status(known)).toBe(200);
      clock.forward(61);
      expect(await status(known)).toBe(503);
      app.server.heal();
      expect([await status(known), await status(token)]).toEqual([200, 200]);
    });

    it('503 when this client is not allowed to ask', async () => {
      app.server.script('introspection', { status: 401, body: { error: 'invalid_client' } });
      expect(await status(issue())).toBe(503);
    });

    it.each<[string, (token: object) => Reply]>([
      ['a redirect', () => ({ status: 307, headers: { location: `${app.server.url}/elsewhere` } })],
      ['two megabytes', (token) => ({ body: { ...token, padding: 'x'.repeat(2_000_000) } })],
      ['20 kB', (token) => ({ body: { ...token, padding: 'x'.repeat(20_000) } })],
      ['a JWT', () => ({ headers: jwt, body: 'eyJhbGciOiJub25lIn0.e30.' })],
      ['JSON that says it is a JWT', (token) => ({ headers: jwt, body: JSON.stringify(token) })],
      ['HTML', (token) => ({ headers: html, body: JSON.stringify(token) })],
      ['active as text', (token) => ({ body: { ...token, active: 'true' } })],
      ['a list', (token) => ({ body: [token] })],
      ['null', () => ({ headers: json, body: 'null' })],
      ['half of it', (token) => ({ headers: json, body: JSON.stringify(token).slice(0, -1) })],
      ['another status', (token) => ({ status: 206, body: token })],
    ])('503 for %s as an answer', async (_, reply) => {
      const token = issue();
      const before = app.server.requests.length;
      app.server.script('introspection', reply(app.server.tokens.get(token)!));
      expect(await status(token)).toBe(503);
      expect(app.server.requests.length - before).toBe(1);
    });

    it('503 at the deadline when no answer comes', async () => {
      app.server.breakWith('introspection', () => {});
      const start = performance.now();
      expect(await status(issue())).toBe(503);
      expect(performance.now() - start).toBeLessThan(5000);
    });

    it('whatever is answered: 200 by the rules, else 401 or 503, never anything else', async () => {
      const value = fc.oneof(
        fc.constantFrom(true, false, 'true', 'Bearer', API, [API], now() + 60, 1, null),
        fc.jsonValue(),
      );
      const member = fc.constantFrom('active', 'token_type', 'sub', 'aud', 'iss', 'exp', 'scope');
      const seen = new Set<number>();
      await fc.assert(
        fc.asyncProperty(fc.dictionary(member, value, { maxKeys: 3 }), async (claims) => {
          const token = issue(claims);
          const said = app.server.tokens.get(token) as Record<string, unknown>;
          const outcome = await status(token);
          seen.add(outcome);
          expect([200, 401, 503]).toContain(outcome);
          if (outcome === 200)
            expect([said['active'], said['iss']]).toEqual([true, app.server.url]);
        }),
        { numRuns: 150 },
      );
      expect(seen).toEqual(new Set([200, 401, 503]));
    });
  });

  describe('by the user endpoint', () => {
    beforeAll(async () => {
      app = await start(USERINFO);
    });

    afterAll(() => app.close());

    beforeEach(() => app.server.script('userinfo', { body: { sub: 'did:key:z1' } }));

    it('passes as whom the user endpoint names, which is asked once', async () => {
      const token = newToken();
      expect([await status(token), await status(token)]).toEqual([200, 200]);
      expect(app.server.last('userinfo').headers['authorization']).toBe(`Bearer ${token}`);
      expect(app.server.requests.filter(({ endpoint }) => endpoint === 'userinfo')).toHaveLength(1);
      expect([asked(), app.server.problems]).toEqual([0, []]);
    });

    it.each<[string, Reply, number]>([
      ['401', { status: 401 }, 401],
      ['403', { status: 403, body: { error: 'insufficient_scope' } }, 401],
      ['no sub', { body: { name: 'Hanako' } }, 503],
      ['500', { status: 500 }, 503],
      ['a redirect', { status: 302, headers: { location: '/' } }, 503],
      ['a JWT', { headers: { 'content-type': 'application/jwt' }, body: 'a.b.c' }, 503],
    ])('%s', async (_, reply, expected) => {
      app.server.script('userinfo', reply);
      expect(await status(newToken())).toBe(expected);
    });

    it('is believed about the person, and not about the token', async () => {
      const said = { scope: 'read:contacts', acr: 'gold', auth_time: now(), roles: ['admin'] };
      app.server.script('userinfo', { body: { sub: 'did:key:z1', ...said } });
      const token = newToken();
      expect(await status(token, '/role')).toBe(200);
      expect([await status(token, '/scope'), await status(token, '/step-up')]).toEqual([403, 401]);
    });

    it('is not asked about a JWT', async () => {
      const before = app.server.count('userinfo');
      expect(await status(await app.token({ aud: 'https://other.example.com' }))).toBe(401);
      expect(app.server.count('userinfo')).toBe(before);
    });
  });

  describe('with a long deadline', () => {
    it('a flood of invented tokens asks about 64 at once; known tokens pass meanwhile', async () => {
      app = await start({ ...INTROSPECTION, deadlineSeconds: 60 });
      try {
        const known = issue();
        expect(await status(known)).toBe(200);
        const before = asked();
        let answerAll = () => {};
        const isOver = new Promise<void>((resolve) => (answerAll = resolve));
        app.server.script('introspection', async (_, healthy) => {
          await isOver;
          return healthy();
        });
        let refused = 0;
        const flood = Array.from({ length: 200 }, async () => {
          const outcome = await status(newToken());
          if (outcome === 503) refused += 1;
          return outcome;
        });
        // Those that are too many do not wait
        await until(async () => refused === 136 && asked() - before === 64);
        expect(await status(known)).toBe(200);
        answerAll();
        expect(new Set(await Promise.all(flood))).toEqual(new Set([401, 503]));
        expect([refused, asked() - before]).toEqual([136, 64]);
        expect(await status(newToken())).toBe(401);
      } finally {
        await app.close();
      }
    });
  });

  describe('by default', () => {
    it('is refused, and nobody is asked', async () => {
      app = await start({});
      try {
        expect(await status(issue())).toBe(401);
        expect([asked(), app.server.count('userinfo')]).toEqual([0, 0]);
      } finally {
        await app.close();
      }
    });

    it('503 when the metadata names no endpoint, until the options do', async () => {
      app = await start(INTROSPECTION);
      app.server.metadata = { introspection_endpoint: undefined };
      expect(await status(issue())).toBe(503);
      const { server } = app;
      await app.running.close();
      const introspectionEndpoint = `${server.url}/oauth/introspect`;
      const other = await start({
        ...INTROSPECTION,
        domain: server.url,
        endpoints: { introspectionEndpoint },
      });
      try {
        const answer: Answer = await other.withToken('/me', issue());
        expect(answer.status).toBe(200);
      } finally {
        await other.close();
        await server.close();
      }
    });
  });
});

const jwt = { 'content-type': 'application/token-introspection+jwt' };
const html = { 'content-type': 'text/html' };
const json = { 'content-type': 'application/json' };
