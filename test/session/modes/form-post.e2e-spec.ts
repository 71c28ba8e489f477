import type { INestApplication } from '@nestjs/common';
import { Controller, Get, UseGuards } from '@nestjs/common';
import {
  CurrentUser,
  RedisSessionStore,
  UpbondConfigError,
  UpbondGuard,
  type UpbondAuthOptions,
} from 'nestjs-upbond-auth';
import { CookieJar } from 'tough-cookie';
import { startUpbondEmulator, type UpbondEmulator } from 'upbond-emulator';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  PLATFORMS,
  startApplication,
} from '../../support/application.js';
import { cookiesSet } from '../../support/library-cookies.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/waiting.js';
import { RedisServer } from '../../support/redis-server.js';
import { UserAgent, type Answer, type RequestInit } from '../../support/user-agent.js';
import { CLIENT_KINDS } from '../redis/clients.js';

/** What the world sees; a proxy that ends TLS stands in front of the application. */
const ORIGIN = 'https://shop.test';
const CALLBACK = `${ORIGIN}/auth/callback`;

@Controller()
class Pages {
  @Get()
  home() {
    return 'the public page';
  }

  @UseGuards(UpbondGuard)
  @Get('me')
  me(@CurrentUser('email') email: string) {
    return { email };
  }
}

interface Posted {
  readonly page: Answer;
  readonly fields: Record<string, string>;
}

/** A browser that keeps the rules of `Secure` and `SameSite` cookies, and the proxy that it speaks to. */
class StrictBrowser extends UserAgent {
  /** Names of the cookies that the latest request to the application carried. */
  carried: string[] = [];

  constructor(
    private readonly port: number,
    cookies?: CookieJar,
  ) {
    super(cookies);
  }

  async copy(): Promise<StrictBrowser> {
    return new StrictBrowser(this.port, await this.cookies.clone());
  }

  override async request(url: string, init: RequestInit = {}): Promise<Answer> {
    if (!url.startsWith(ORIGIN)) return super.request(url, init);
    const { method = 'GET', headers = {} } = init;
    const isForeign = headers['sec-fetch-site'] === 'cross-site';
    const context = isForeign ? (method === 'GET' ? 'lax' : 'none') : 'strict';
    const cookies = await this.cookies.getCookies(url, { sameSiteContext: context });
    this.carried = cookies.map(({ key }) => key);
    const cookie = cookies.map((one) => one.cookieString()).join('; ');
    const inside = url.replace(ORIGIN, `http://localhost:${this.port}`);
    const forwarded = { ...headers, host: 'shop.test', ...(cookie && { cookie }) };
    const answer = await new UserAgent().request(inside, { ...init, headers: forwarded });
    for (const line of answer.headers.getSetCookie()) await this.cookies.setCookie(line, url);
    return { ...answer, url, history: [url] };
  }

  /** Starts a login and stops at the page that is about to post the authorization response. */
  async untilPosting(): Promise<Posted> {
    const page = await this.navigate(`${ORIGIN}/auth/login?returnTo=/me`);
    expect(page.body).toContain(`action="${CALLBACK}"`);
    const inputs = page.body.matchAll(/<input[^>]*name="([^"]*)"[^>]*value="([^"]*)"/g);
    return {
      page,
      fields: Object.fromEntries([...inputs].map(([, name, value]) => [name, value])),
    };
  }

  post({ page, fields }: Posted): Promise<Answer> {
    return this.submit(page, CALLBACK, fields);
  }

  async signIn(): Promise<Answer> {
    return this.post(await this.untilPosting());
  }

  async isSignedIn(): Promise<boolean> {
    const { status } = await this.request(`${ORIGIN}/me`, {
      headers: { accept: 'application/json' },
    });
    return status === 200;
  }

  async sessionCookies(): Promise<string[]> {
    return this.cookieNames(ORIGIN, 'session');
  }
}

describe.each(PLATFORMS)('response_mode=form_post on %s', (platform) => {
  let emulator: UpbondEmulator;
  beforeAll(async () => {
    const client = {
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      redirectUris: [CALLBACK],
      postLogoutRedirectUris: [`${ORIGIN}/`],
    };
    emulator = await startUpbondEmulator({
      clients: [client],
      autoLogin: { email: 'hanako@example.com' },
    });
  });
  afterAll(() => emulator?.close());

  async function start(
    configure?: (app: INestApplication) => void,
    more: UpbondAuthOptions = {},
  ): Promise<StrictBrowser> {
    const port = await freePort();
    const { close } = await startApplication({
      platform,
      port,
      controllers: [Pages],
      options: {
        redirectUri: CALLBACK,
        domain: emulator.url,
        responseMode: 'form_post',
        ...more,
      },
      ...(configure && { configure }),
    });
    onTestFinished(close);
    return new StrictBrowser(port);
  }

  function expectSignedIn(answer: Answer): void {
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/me');
  }

  it('signs in by a posted callback, with the transaction but not the session among its cookies', async () => {
    const browser = await start();
    expectSignedIn(await browser.signIn());
    expect(browser.carried).toEqual([expect.stringMatching(/^__Host-upbond-.{6}-t-/)]);
    const me = await browser.visit(`${ORIGIN}/me`, { 'sec-fetch-site': 'cross-site' });
    expect(me).toMatchObject({ status: 200, body: '{"email":"hanako@example.com"}' });
  });

  it('sets the transaction cookie with SameSite=None and the session cookie with SameSite=Lax', async () => {
    const browser = await start();
    const started = await browser.visit(`${ORIGIN}/auth/login`);
    const [transaction, ...others] = started.headers.getSetCookie();
    expect(others).toEqual([]);
    expect(attributesOf(transaction)).toEqual(['HttpOnly', 'Path=/', 'SameSite=None', 'Secure']);
    const answer = await browser.signIn();
    const session = cookiesSet('session', answer)[0];
    expect(attributesOf(session)).toEqual(['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure']);
  });

  it('works with enableCsrfProtection() that excludes the callback', async () => {
    const browser = await start((app) => app.enableCsrfProtection({ exclude: ['/auth/callback'] }));
    expectSignedIn(await browser.signIn());
    expect(await browser.isSignedIn()).toBe(true);
  });

  it('is refused with 403 by enableCsrfProtection() that does not', async () => {
    const browser = await start((app) => app.enableCsrfProtection());
    const before = emulator.counters.tokenRequests;
    expect((await browser.signIn()).status).toBe(403);
    expect(emulator.counters.tokenRequests).toBe(before);
    expect(await browser.isSignedIn()).toBe(false);
  });

  it('never uses a code that comes in the query', async () => {
    const browser = await start();
    const { fields } = await browser.untilPosting();
    const before = emulator.counters.tokenRequests;
    const query = new URLSearchParams(fields);
    const headers = { 'sec-fetch-site': 'cross-site' };
    const answer = await browser.visit(`${CALLBACK}?${query}`, headers);
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toContain(`${emulator.url}/authorize?`);
    const asProgram = await browser.request(`${CALLBACK}?${query}`);
    expect(asProgram.status).toBe(400);
    expect(JSON.parse(asProgram.body)).toMatchObject({ error: 'state_mismatch' });
    expect(emulator.counters.tokenRequests).toBe(before);
    expect(await browser.isSignedIn()).toBe(false);
  });

  it('answers a posted callback without a transaction by one fresh login for a person', async () => {
    const browser = await start();
    const posted = await browser.untilPosting();
    await browser.cookies.removeAllCookies();
    const before = emulator.counters.tokenRequests;
    const answer = await browser.post(posted);
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toContain(`${emulator.url}/authorize?`);
    expect(emulator.counters.tokenRequests).toBe(before);
    // The second one in a row would go round in circles
    const again = await browser.post({ ...posted, fields: { ...posted.fields, state: 'foreign' } });
    expect(again.status).toBe(400);
    expect(again.body).toContain('state_mismatch');
    expect(emulator.counters.tokenRequests).toBe(before);
  });

  it('answers a posted callback without a transaction by 400 for a program', async () => {
    const browser = await start();
    const { fields } = await browser.untilPosting();
    await browser.cookies.removeAllCookies();
    const body = new URLSearchParams(fields);
    const answer = await browser.request(CALLBACK, { method: 'POST', body });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ error: 'state_mismatch' });
  });

  it('uses a posted callback once', async () => {
    const browser = await start();
    const posted = await browser.untilPosting();
    const copy = await browser.copy();
    const before = emulator.counters.tokenRequests;
    expectSignedIn(await browser.post(posted));
    expect((await copy.post(posted)).headers.get('location')).toContain('/authorize?');
    expect(emulator.counters.tokenRequests).toBe(before + 1);
    expect(await copy.isSignedIn()).toBe(false);
  });

  it.each(['sealed cookie', 'RedisSessionStore'])(
    'leaves one session, the newest, however often the browser signs in, with %s',
    async (mode) => {
      const isStored = mode === 'RedisSessionStore';
      const redis = isStored ? await connectedRedis() : undefined;
      const browser = await start(undefined, redis ? { sessionStore: redis } : {});
      // Minutes apart, so that the names of the cookies differ; a posted callback sees none of them
      const { now } = Date;
      let minutes = 0;
      vi.spyOn(Date, 'now').mockImplementation(() => now() + minutes * 60_000);
      onTestFinished(() => void vi.restoreAllMocks());
      const copies: StrictBrowser[] = [];
      for (minutes = 0; minutes < 3; minutes++) {
        expectSignedIn(await browser.signIn());
        expect(await browser.isSignedIn()).toBe(true);
        copies.push(await browser.copy());
      }
      for (const copy of copies.splice(0, 2)) {
        await until(async () => !(await copy.isSignedIn()), 'the session is replaced');
      }
      expect(await copies[0]!.isSignedIn()).toBe(true);
      const names = await browser.sessionCookies();
      expect(new Set(names.map((name) => name.split('-').at(-2))).size).toBe(1);
    },
  );

  it('is refused at boot with a redirect URI that is not https', async () => {
    const port = await freePort();
    const options = { domain: emulator.url, responseMode: 'form_post' } as const;
    const started = startApplication({ platform, port, options });
    await expect(started).rejects.toThrow(UpbondConfigError);
    await expect(started).rejects.toThrow(/form_post, which needs an https redirect URI/);
  });
});

async function connectedRedis(): Promise<RedisSessionStore> {
  const server = await RedisServer.start();
  onTestFinished(() => server.stop());
  const { client, close } = await CLIENT_KINDS[0]!.single(server);
  onTestFinished(close);
  return new RedisSessionStore(client);
}

function attributesOf(line = ''): string[] {
  const [, ...attributes] = line.split('; ');
  return attributes.filter((one) => !/^(Max-Age|Expires)=/.test(one)).sort();
}
