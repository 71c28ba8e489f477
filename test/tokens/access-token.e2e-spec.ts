import { Controller, Get, Injectable, Post, Query, Res, UseGuards } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import type { INestApplication } from '@nestjs/common';
import {
  AccessToken,
  Public,
  TokenService,
  UpbondAuthModule,
  UpbondFetch,
  UpbondGuard,
  UserinfoService,
  type UpbondAuthOptions,
} from 'nestjs-upbond-auth';
import { decodeJwt } from 'jose';
import { startUpbondEmulator, type UpbondEmulator } from 'upbond-emulator';
import { CLOCK } from '../../libs/upbond-auth/src/options/clock.provider.js';
import { CLIENT_ID, CLIENT_SECRET, PLATFORMS, usualOptions } from '../support/application.js';
import { MovableClock } from '../support/movable-clock.js';
import { freePort } from '../support/ports.js';
import { UserAgent } from '../support/user-agent.js';

const ORDERS = 'https://orders.example.com';
const STOCK = 'https://stock.example.com';

@Injectable()
class Orders {
  constructor(
    private readonly tokens: TokenService,
    private readonly userinfo: UserinfoService,
    readonly upbond: UpbondFetch,
  ) {}

  token(query: { audience?: string; scope?: string; seconds?: string }) {
    const { audience, scope, seconds } = query;
    return this.tokens.getAccessToken({
      ...(audience && { audience }),
      ...(scope && { scope }),
      ...(seconds && { minimumValiditySeconds: Number(seconds) }),
    });
  }

  email() {
    return this.userinfo.fetch();
  }

  revoke() {
    return this.tokens.revoke();
  }
}

@UseGuards(UpbondGuard)
@Controller()
class Pages {
  constructor(private readonly orders: Orders) {}

  @Get('parameter')
  parameter(@AccessToken() token: string) {
    return { token };
  }

  @Get('service')
  async service(@Query() query: Record<string, string>) {
    // The service finds the request across real asynchrony
    await new Promise((resolve) => setImmediate(resolve));
    return { token: await this.orders.token(query) };
  }

  @Get('userinfo')
  userinfo() {
    return this.orders.email();
  }

  @Get('late')
  async late(@Res() response: { raw?: NodeJS.WritableStream } & NodeJS.WritableStream) {
    const out = (response.raw ?? response) as unknown as import('node:http').ServerResponse;
    out.writeHead(200, { 'content-type': 'text/plain' });
    out.flushHeaders();
    const outcome = await this.orders.token({}).catch((error: { code: string }) => error.code);
    out.end(outcome);
  }

  @Post('revoke')
  async revoke() {
    await this.orders.revoke();
    return {};
  }

  @Public()
  @Get('public')
  async public() {
    return { token: await this.orders.token({}) };
  }
}

interface Scene {
  readonly app: INestApplication;
  readonly url: string;
  readonly clock: MovableClock;
}

describe.each(PLATFORMS)('access tokens on %s', (platform) => {
  let emulator: UpbondEmulator;
  let scene: Scene;
  let port: number;

  beforeAll(async () => {
    port = await freePort();
    emulator = await startUpbondEmulator({
      clients: [
        {
          clientId: CLIENT_ID,
          clientSecret: CLIENT_SECRET,
          redirectUris: [`http://localhost:${port}/auth/callback`],
          postLogoutRedirectUris: [`http://localhost:${port}/`],
        },
      ],
      autoLogin: { email: 'hanako@example.com' },
      habits: { refreshTokenRotation: true },
      lifetimes: { accessTokenSeconds: 600 },
    });
  });
  afterAll(() => emulator.close());
  afterEach(() => scene?.app.close());

  async function start(options: UpbondAuthOptions = {}): Promise<void> {
    const clock = new MovableClock();
    const testing = await Test.createTestingModule({
      imports: [
        UpbondAuthModule.forRoot({
          ...usualOptions(port),
          domain: emulator.url,
          scope: 'openid profile email offline_access',
          audiences: [STOCK],
          ...options,
        }),
      ],
      controllers: [Pages],
      providers: [Orders],
    })
      .overrideProvider(CLOCK)
      .useValue(clock.now)
      .compile();
    const app =
      platform === 'fastify'
        ? testing.createNestApplication(new FastifyAdapter())
        : testing.createNestApplication();
    app.useLogger(false);
    await app.listen(port, '127.0.0.1');
    scene = { app, url: `http://localhost:${port}`, clock };
  }

  async function signedIn(): Promise<UserAgent> {
    const agent = new UserAgent();
    const { status } = await agent.navigate(`${scene.url}/auth/login?returnTo=/parameter`);
    expect(status).toBe(200);
    return agent;
  }

  async function get(agent: UserAgent, path: string, init: { method?: string } = {}) {
    const headers = { accept: 'application/json', 'sec-fetch-site': 'same-origin' };
    const answer = await agent.request(scene.url + path, { ...init, headers });
    const isJson = answer.headers.get('content-type')?.startsWith('application/json');
    return { ...answer, json: isJson ? (JSON.parse(answer.body) as Record<string, string>) : {} };
  }

  it('hands the token of the login over while it lasts', async () => {
    await start();
    const agent = await signedIn();
    const before = emulator.counters.tokenRequests;
    const { json: parameter } = await get(agent, '/parameter');
    const { json: service } = await get(agent, '/service');
    expect(parameter.token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(service.token).toBe(parameter.token);
    expect(emulator.counters.tokenRequests).toBe(before);
  });

  it('refreshes ahead of expiry, and again with what the rotation gave', async () => {
    await start();
    const agent = await signedIn();
    const tokens = new Set<string | undefined>();
    for (let round = 0; round < 4; round++) {
      const { json } = await get(agent, '/service');
      tokens.add(json.token);
      scene.clock.forward(550);
    }
    expect(tokens.size).toBe(4);
    expect(emulator.counters.refreshTokenReuses).toBe(0);
  });

  it('says that the sign-in has to be repeated when there is no refresh token', async () => {
    await start({ scope: 'openid profile email' });
    const agent = await signedIn();
    scene.clock.forward(590);
    // A minute before expiry it is still good
    expect((await get(agent, '/service')).status).toBe(200);
    scene.clock.forward(20);
    const expired = await get(agent, '/service');
    expect([expired.status, expired.json['error']]).toEqual([401, 'refresh_token_missing']);
  });

  it('gives nothing to somebody who is not signed in', async () => {
    await start();
    const { status, json } = await get(new UserAgent(), '/public');
    expect([status, json['error']]).toEqual([401, 'login_required']);
  });

  it('gets a token for a declared audience once, and keeps it beside the other', async () => {
    await start({ audience: ORDERS, authorizationParameters: { resource: STOCK } });
    const agent = await signedIn();
    const { json: usual } = await get(agent, '/service');
    const before = emulator.counters.tokenRequests;
    const { json: stock } = await get(agent, `/service?audience=${STOCK}`);
    expect(decodeJwt(String(stock['token'])).aud).toBe(STOCK);
    expect((await get(agent, `/service?audience=${STOCK}`)).json).toEqual(stock);
    expect((await get(agent, '/service')).json).toEqual(usual);
    expect(emulator.counters.tokenRequests - before).toBe(1);
  });

  it('does not ask for an audience that is not declared', async () => {
    await start();
    const agent = await signedIn();
    const before = emulator.counters.tokenRequests;
    const { status, json } = await get(agent, `/service?audience=${ORDERS}`);
    expect([status, json['error']]).toEqual([403, 'audience_not_granted']);
    expect(emulator.counters.tokenRequests).toBe(before);
  });

  it('asks once for an audience that the server does not grant', async () => {
    await start();
    const agent = await signedIn();
    const before = emulator.counters.tokenRequests;
    for (let request = 0; request < 3; request++) {
      const { status, json } = await get(agent, `/service?audience=${STOCK}`);
      expect([status, json['error']]).toEqual([403, 'audience_not_granted']);
    }
    expect(emulator.counters.tokenRequests - before).toBe(1);
    expect((await get(agent, '/service')).status).toBe(200);
  });

  it('takes a login for another audience for what it is', async () => {
    await start({
      audience: ORDERS,
      authorizationParameters: ({ query }) => ({ audience: String(query['audience'] ?? ORDERS) }),
    });
    const agent = await signedIn();
    const refused = await get(agent, `/service?audience=${STOCK}`);
    expect(refused.json['error']).toBe('audience_not_granted');
    // What a page does with that: one more authorization request
    await agent.navigate(`${scene.url}/auth/login?returnTo=/parameter&audience=${STOCK}`);
    const before = emulator.counters.tokenRequests;
    const { json } = await get(agent, `/service?audience=${STOCK}`);
    expect(decodeJwt(String(json['token'])).aud).toBe(STOCK);
    expect(emulator.counters.tokenRequests).toBe(before);
  });

  it('gets a token with fewer scope values', async () => {
    await start();
    const agent = await signedIn();
    const { json } = await get(agent, '/service?scope=email+openid');
    const again = await get(agent, '/service?scope=openid+email');
    expect(again.json).toEqual(json);
    expect((await get(agent, '/service')).json).not.toEqual(json);
  });

  it('refreshes when a token has to last longer, but not in vain', async () => {
    await start();
    const agent = await signedIn();
    const { json: first } = await get(agent, '/service');
    scene.clock.forward(200);
    expect((await get(agent, '/service?seconds=300')).json).toEqual(first);
    expect((await get(agent, '/service?seconds=500')).json).not.toEqual(first);
    const before = emulator.counters.tokenRequests;
    const { status, json } = await get(agent, '/service?seconds=700');
    expect([status, json['error']]).toEqual([502, 'access_token_too_short']);
    expect(emulator.counters.tokenRequests).toBe(before);
  });

  it('refreshes nothing once the headers of a sealed session are out', async () => {
    await start();
    const agent = await signedIn();
    scene.clock.forward(550);
    const { body: stillGood } = await get(agent, '/late');
    expect(stillGood).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    scene.clock.forward(100);
    expect((await get(agent, '/late')).body).toBe('session_not_writable');
    // Nothing was spent by that
    expect((await get(agent, '/service')).status).toBe(200);
    expect((await get(agent, '/late')).status).toBe(200);
  });

  it('asks who the user is', async () => {
    await start();
    const agent = await signedIn();
    scene.clock.forward(700);
    expect((await get(agent, '/userinfo')).json).toMatchObject({ email: 'hanako@example.com' });
  });

  it('ends the session when the refresh token was revoked elsewhere', async () => {
    await start();
    const agent = await signedIn();
    const other = new UserAgent(await agent.cookies.clone());
    expect((await get(other, '/revoke', { method: 'POST' })).status).toBe(201);
    // Here the session goes on with what it has
    expect((await get(other, '/service')).status).toBe(200);
    scene.clock.forward(700);
    const gone = await get(other, '/service');
    expect([gone.status, gone.json['error']]).toEqual([401, 'refresh_token_missing']);
    // There the refusal of the server comes as news
    const refused = await get(agent, '/service');
    expect([refused.status, refused.json['error']]).toEqual([401, 'login_required']);
    expect((await get(agent, '/public')).json['error']).toBe('login_required');
    expect(await sessionCookies(agent)).toEqual([]);
  });

  async function sessionCookies(agent: UserAgent): Promise<string[]> {
    return agent.cookieNames(scene.url, 'session');
  }
});
