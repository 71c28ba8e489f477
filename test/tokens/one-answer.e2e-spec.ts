import { Controller, Get, Injectable, Res, Scope, UseGuards } from '@nestjs/common';
import session from 'express-session';
import { ExpressSessionStore, TokenService, UpbondGuard } from 'nestjs-upbond-auth';
import { startUpbondEmulator, type UpbondEmulator } from 'upbond-emulator';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  PLATFORMS,
  startApplication,
  type RunningApplication,
} from '../support/application.js';
import { MovableClock } from '../support/movable-clock.js';
import { freePort } from '../support/ports.js';
import { UserAgent, type Answer } from '../support/user-agent.js';
import { until } from '../support/waiting.js';

const ACCESS_TOKEN_SECONDS = 600;

/** Handlers that wait until the test lets them go on. */
class Doors {
  waiting = 0;
  #open: (() => void)[] = [];

  async pass(): Promise<void> {
    this.waiting++;
    await new Promise<void>((open) => this.#open.push(open));
  }

  open(): void {
    for (const open of this.#open.splice(0)) open();
  }
}

const doors = new Doors();

/** Express' response, or Fastify's reply. */
interface Headed {
  header(name: string, value: string): unknown;
}

@Injectable({ scope: Scope.REQUEST })
class PerRequest {
  constructor(private readonly tokens: TokenService) {}

  token() {
    return this.tokens.getAccessToken();
  }
}

@UseGuards(UpbondGuard)
@Controller('per-request')
class PerRequestPages {
  constructor(private readonly service: PerRequest) {}

  @Get()
  async page() {
    return { token: await this.service.token() };
  }
}

@UseGuards(UpbondGuard)
@Controller()
class Pages {
  constructor(private readonly tokens: TokenService) {}

  @Get('one')
  async one() {
    return { token: await this.tokens.getAccessToken() };
  }

  @Get('many')
  async many() {
    const all = Array.from({ length: 10 }, () => this.tokens.getAccessToken());
    return { tokens: new Set(await Promise.all(all)).size };
  }

  @Get('narrower')
  async narrower() {
    await this.tokens.getAccessToken({ scope: 'openid' });
    await this.tokens.getAccessToken({ scope: 'email openid' });
    return {};
  }

  /** Allows caching, and then gets a token. */
  @Get('cached')
  async cached(@Res({ passthrough: true }) response: Headed) {
    response.header('Cache-Control', 'public, max-age=60');
    return { token: await this.tokens.getAccessToken() };
  }

  @Get('long')
  async long() {
    await doors.pass();
    return { token: await this.tokens.getAccessToken() };
  }
}

describe.each(PLATFORMS)('tokens in one answer on %s', (platform) => {
  let emulator: UpbondEmulator;
  let running: RunningApplication;
  let clock: MovableClock;
  let port: number;

  beforeAll(async () => {
    port = await freePort();
    emulator = await startUpbondEmulator({
      clients: [
        {
          clientId: CLIENT_ID,
          clientSecret: CLIENT_SECRET,
          redirectUris: [`http://localhost:${port}/auth/callback`],
        },
      ],
      autoLogin: { email: 'hanako@example.com' },
      habits: { refreshTokenRotation: true },
      lifetimes: { accessTokenSeconds: ACCESS_TOKEN_SECONDS },
    });
  });
  afterAll(() => emulator.close());
  afterEach(() => running.close());

  async function start(
    options: object = {},
    controllers: (new (...args: never[]) => unknown)[] = [Pages],
  ) {
    clock = new MovableClock();
    running = await startApplication({
      platform,
      port,
      clock,
      controllers: controllers as never,
      providers: [PerRequest],
      options: {
        domain: emulator.url,
        scope: 'openid profile email offline_access',
        sessionLifetimeSeconds: 604_800,
        sessionIdleSeconds: 28_800,
        ...options,
      },
    });
  }

  async function signedIn(returnTo = '/one'): Promise<{ agent: UserAgent; page: Answer }> {
    const agent = new UserAgent();
    const page = await agent.navigate(`${running.url}/auth/login?returnTo=${returnTo}`);
    return { agent, page };
  }

  function get(agent: UserAgent, path: string) {
    const headers = { accept: 'application/json', 'sec-fetch-site': 'same-origin' };
    return agent.request(running.url + path, { headers });
  }

  function cookiesSet({ headers }: Answer): string[] {
    return headers
      .getSetCookie()
      .filter((line) => !/max-age=0/i.test(line))
      .map((line) => line.slice(0, line.indexOf('=')));
  }

  it('sets each cookie once, however many calls of a handler refreshed', async () => {
    await start();
    const { agent } = await signedIn();
    clock.forward(ACCESS_TOKEN_SECONDS);
    const answer = await get(agent, '/many');
    expect(answer.status).toBe(200);
    const names = cookiesSet(answer);
    expect(names).toHaveLength(new Set(names).size);
  });

  it('lets no cache keep an answer with new cookies, whatever its handler allowed before', async () => {
    await start();
    const { agent } = await signedIn();
    const unchanged = await get(agent, '/cached');
    expect(cookiesSet(unchanged)).toEqual([]);
    expect(unchanged.headers.get('cache-control')).toBe('public, max-age=60');
    clock.forward(ACCESS_TOKEN_SECONDS);
    const answer = await get(agent, '/cached');
    expect(cookiesSet(answer)).not.toEqual([]);
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
  });

  it.each([
    ['prolonged', '/one'],
    ['prolonged, and tokens were added one by one', '/narrower'],
  ])('leaves one generation in the browser when the session is also %s', async (_what, path) => {
    await start();
    const { agent } = await signedIn();
    clock.forward(6 * 3600);
    const answer = await get(agent, path);
    expect(answer.status).toBe(200);
    const names = await agent.cookieNames(running.url, 'session');
    const generations = new Set(names.map((name) => name.split('-').at(-2)));
    expect([...generations]).toHaveLength(1);
    const sizes = answer.headers.getSetCookie().map((line) => line.length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(8000);
  });

  it('spends no refresh token again that others have replaced while a handler was busy', async () => {
    await start({ sessionStore: new ExpressSessionStore(new session.MemoryStore()) });
    const { agent } = await signedIn();
    doors.waiting = 0;
    const long = get(agent, '/long');
    await until(async () => doors.waiting > 0, 'the handler is busy');
    for (let round = 0; round < 3; round++) {
      clock.forward(ACCESS_TOKEN_SECONDS);
      expect((await get(agent, '/one')).status).toBe(200);
    }
    clock.forward(ACCESS_TOKEN_SECONDS);
    doors.open();
    expect((await long).status).toBe(200);
    expect((await get(agent, '/one')).status).toBe(200);
    expect(emulator.counters.refreshTokenReuses).toBe(0);
  });

  it('knows the first request of a service that is made for each request', async () => {
    await start({}, [PerRequestPages]);
    const { agent, page } = await signedIn('/per-request');
    expect((await get(agent, '/per-request')).status).toBe(200);
    expect(page.status).toBe(200);
  });
});
