import { channel } from 'node:diagnostics_channel';
import { EventEmitter, once } from 'node:events';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Controller, Get, Module, UseGuards } from '@nestjs/common';
import { GraphQLModule, Query, Resolver } from '@nestjs/graphql';
import { AccessToken, TokenService, UpbondGuard } from 'nestjs-upbond-auth';
import { PLATFORMS, type Platform } from '../support/application.js';
import { sign } from '../support/id-tokens.js';
import { startScriptedLogin, type ScriptedLogin } from '../support/scripted-login.js';
import { onTestFinished } from 'vitest';
import { Api } from './api.js';
import { codeOf, inHandler, startTokenApplication, type Work } from './scripted-tokens.js';

const API = 'https://api.example.com';
const STOCK = 'https://stock';
const USERS = ['did:key:z6MkHanako', 'did:key:z6MkTaro'] as const;
const requests = channel('http.server.request.start');
const token: Work = ({ tokens }) => tokens.getAccessToken();

/** Ways through which code can lose the request that it belongs to. */
const BOUNDARIES: readonly [string, (work: () => Promise<unknown>) => Promise<unknown>][] = [
  ['a timer', (work) => new Promise((resolve) => setTimeout(() => resolve(work()), 5))],
  ['setImmediate', (work) => new Promise((resolve) => setImmediate(() => resolve(work())))],
  ['a microtask', (work) => new Promise((resolve) => queueMicrotask(() => resolve(work())))],
  [
    'a stream',
    async (work) => {
      const all = [];
      for await (const _ of Readable.from(['a', 'b'])) all.push(await work());
      return all[1];
    },
  ],
  [
    'an event',
    async (work) => {
      const events = new EventEmitter();
      setTimeout(() => events.emit('now'), 1);
      await once(events, 'now');
      return work();
    },
  ],
  ['Promise.all', async (work) => (await Promise.all([delay(3), work(), delay(1)]))[1]],
];

@UseGuards(UpbondGuard)
@Controller()
class Parameter {
  @Get('parameter')
  parameter(@AccessToken() accessToken: string) {
    return { accessToken };
  }
}

@UseGuards(UpbondGuard)
@Resolver()
class TokenResolver {
  constructor(private readonly tokens: TokenService) {}

  @Query(() => String)
  parameter(@AccessToken() accessToken: string) {
    return accessToken;
  }

  @Query(() => String)
  stock(@AccessToken({ audience: STOCK }) accessToken: string) {
    return accessToken;
  }

  @Query(() => String)
  async service() {
    await delay(1);
    return this.tokens.getAccessToken();
  }
}

function graphql(platform: Platform) {
  @Module({
    imports: [
      GraphQLModule.forRoot<ApolloDriverConfig>({
        driver: ApolloDriver,
        autoSchemaFile: true,
        graphiql: false,
        // Express has the response by itself
        ...(platform === 'fastify' && { context: (req: unknown, res: unknown) => ({ req, res }) }),
      }),
    ],
    providers: [TokenResolver],
  })
  class GraphqlPart {}
  return GraphqlPart;
}

describe.each(PLATFORMS)('TokenService on %s', (platform) => {
  describe('finds the request that the running code belongs to', () => {
    it.each(BOUNDARIES)('across %s', async (_, across) => {
      const { login, script } = await startTokenApplication(platform);
      await login.signIn();
      const { json } = await inHandler(login, (services) => across(async () => token(services)));
      expect(json['result']).toBe([...script.issued.keys()][0]);
    });

    it('among fifty requests of two users, whose tokens it refreshes once each', async () => {
      const { login, script, clock } = await startTokenApplication(platform);
      const browsers: [string, ScriptedLogin][] = [];
      for (const sub of USERS) {
        const browser = login.anotherBrowser();
        login.server.sub = sub;
        await browser.signIn();
        browsers.push([sub, browser]);
      }
      clock.forward(3590);
      const wandering: Work = async (services) => {
        await delay(Math.random() * 20);
        const tokens = await Promise.all([token(services), delay(1).then(() => token(services))]);
        await new Promise(setImmediate);
        return [...tokens, await token(services)];
      };
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, async (_, index) => {
          const [sub, browser] = browsers[index % 2]!;
          const { json } = await inHandler(browser, wandering);
          return { sub, tokens: json['result'] as string[] };
        }),
      );
      for (const { sub, tokens } of outcomes) {
        expect(tokens.map((one) => script.issued.get(one)?.sub)).toEqual([sub, sub, sub]);
        expect(new Set(tokens).size).toBe(1);
      }
      expect(script.refreshes).toHaveLength(2);
      expect(script.reuses).toEqual([]);
    });

    it('where it is given, too', async () => {
      const { login, script } = await startTokenApplication(platform);
      await login.signIn();
      const { json } = await inHandler(login, ({ tokens }) =>
        tokens.getAccessToken({}, {}).catch((error: { code: string }) => error.code),
      );
      expect(json['result']).toBe('login_required');
      expect(script.refreshes).toEqual([]);
    });
  });

  describe('costs requests something only where it is injected', () => {
    // The capture of secrets in test/support subscribes as well, and Node counts for nobody
    const listeners = () =>
      (requests as unknown as { _subscribers?: readonly unknown[] })._subscribers?.length ?? 0;
    const others = listeners();
    const ours = () => listeners() - others;

    it('not with the guard alone', async () => {
      const login = await startScriptedLogin({ platform }, onTestFinished);
      await login.signIn();
      expect(ours()).toBe(0);
    });

    it('not with @AccessToken', async () => {
      const login = await startScriptedLogin(
        { platform, controllers: [Parameter] },
        onTestFinished,
      );
      await login.signIn();
      const headers = { accept: 'application/json' };
      const answer = await login.browser.request(`${login.url}/parameter`, { headers });
      expect(JSON.parse(answer.body)).toEqual({ accessToken: expect.stringMatching(/^at-/) });
      expect(ours()).toBe(0);
    });

    it('and not any more when the application is closed', async () => {
      const one = await startTokenApplication(platform);
      const other = await startTokenApplication(platform);
      expect(ours()).toBe(2);
      await one.login.application.close();
      expect(ours()).toBe(1);
      await other.login.signIn();
      expect((await inHandler(other.login, token)).status).toBe(200);
      await other.login.application.close();
      expect(ours()).toBe(0);
    });
  });

  describe('for a caller with a bearer token', () => {
    async function start() {
      const api = await Api.start();
      onTestFinished(() => api.close());
      const scene = await startTokenApplication(platform, {
        accessTokenAudiences: [API],
        audiences: [STOCK],
        apis: [{ origin: api.origin }],
      });
      const { server } = scene.login;
      const now = Math.floor(Date.now() / 1000);
      const accessToken = await sign({
        claims: { iss: server.url, sub: USERS[0], aud: API, exp: now + 600, iat: now },
        header: { alg: server.key.alg, kid: server.key.kid, typ: 'JWT' },
        key: server.key,
      });
      const asBearer = (work: Work) =>
        inHandler(scene.login, work, { authorization: `Bearer ${accessToken}` });
      return { ...scene, api, accessToken, asBearer };
    }

    it('hands on that very token', async () => {
      const { script, accessToken, asBearer, api } = await start();
      expect((await asBearer(token)).json['result']).toBe(accessToken);
      await asBearer(async ({ upbond }) => (await upbond.fetch(api.origin)).status);
      expect(api.tokens).toEqual([accessToken]);
      expect(script.issued.size).toBe(0);
    });

    it.each<[string, Work, [number, string]]>([
      [
        'another audience',
        ({ tokens }) => tokens.getAccessToken({ audience: STOCK }),
        [403, 'audience_not_granted'],
      ],
      [
        'fewer scope values',
        ({ tokens }) => tokens.getAccessToken({ scope: 'openid' }),
        [403, 'audience_not_granted'],
      ],
      [
        'a longer life',
        ({ tokens }) => tokens.getAccessToken({ minimumValiditySeconds: 601 }),
        [401, 'refresh_token_missing'],
      ],
      ['a revocation', ({ tokens }) => tokens.revoke(), [401, 'refresh_token_missing']],
    ])('has nothing to get %s with', async (_, work, code) => {
      const { script, asBearer } = await start();
      expect(codeOf(await asBearer(work))).toEqual(code);
      expect(script.issued.size).toBe(0);
    });

    it('hands over a 401 of the service', async () => {
      const { asBearer, api } = await start();
      api.reply = () => ({ status: 401, body: 'not this one' });
      const { json } = await asBearer(async ({ upbond }) => {
        const response = await upbond.fetch(api.origin);
        return [response.status, await response.text()];
      });
      expect(json['result']).toEqual([401, 'not this one']);
      expect(api.requests).toHaveLength(1);
    });
  });

  it('works in GraphQL over HTTP, as @AccessToken does', async () => {
    const { login, script, clock } = await startTokenApplication(
      platform,
      { audiences: [STOCK] },
      { imports: [graphql(platform)] },
    );
    await login.signIn();
    const ask = async (query: string) => {
      const answer = await login.browser.request(`${login.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
        body: JSON.stringify({ query }),
      });
      return (JSON.parse(answer.body) as { data: Record<string, string> }).data;
    };
    const [first] = [...script.issued.keys()];
    expect(await ask('{ parameter service }')).toEqual({ parameter: first, service: first });
    clock.forward(3590);
    const { parameter, service, stock } = await ask('{ parameter service stock }');
    expect(parameter).toBe(service);
    expect(parameter).not.toBe(first);
    expect(script.issued.get(stock!)).toMatchObject({ audience: STOCK });
    // The answer has brought the session with all of them
    expect(await ask('{ parameter service stock }')).toEqual({ parameter, service, stock });
    expect(script.refreshes).toHaveLength(2);
    expect(script.reuses).toEqual([]);
  });
});
