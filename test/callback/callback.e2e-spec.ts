import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import type { UpbondAuthModuleExtras, UpbondAuthOptions } from 'nestjs-upbond-auth';
import {
  startUpbondEmulator,
  type UpbondEmulator,
  type UpbondEmulatorHabits,
} from 'upbond-emulator';
import { onTestFinished } from 'vitest';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  PLATFORMS,
  SESSION_SECRET,
  startApplication,
  type Platform,
  type RunningApplication,
} from '../support/application.js';
import { cookiesSet, isCookie, type CookieKind } from '../support/library-cookies.js';
import { freePort } from '../support/ports.js';
import { Pages } from '../support/scripted-login.js';
import { UserAgent, type Answer } from '../support/user-agent.js';
import { until } from '../support/waiting.js';

interface Site extends RunningApplication {
  readonly emulator: UpbondEmulator;
}

interface SiteSetup {
  readonly habits?: Partial<UpbondEmulatorHabits>;
  readonly options?: UpbondAuthOptions & UpbondAuthModuleExtras;
  /** Pages are shown, as to a person. */
  readonly isInteractive?: boolean;
}

/** An application in front of an emulator that signs Hanako in at once. */
async function startSite(platform: Platform, setup: SiteSetup = {}): Promise<Site> {
  const { habits = {}, options = {}, isInteractive = false } = setup;
  const port = await freePort();
  const emulator = await startUpbondEmulator({
    clients: [
      {
        clientId: CLIENT_ID,
        clientSecret: CLIENT_SECRET,
        redirectUris: [`http://localhost:${port}/auth/callback`],
      },
    ],
    habits,
    ...(!isInteractive && { autoLogin: { email: 'hanako@example.com' } }),
  });
  const application = await startApplication({
    platform,
    port,
    controllers: [Pages],
    options: { domain: emulator.url, ...options },
  });
  return {
    ...application,
    emulator,
    async close() {
      await application.close();
      await emulator.close();
    },
  };
}

/** A visit to the login route, as far as the URL that leads back to the application. */
async function upToCallback(
  site: Site,
  browser: UserAgent,
  returnTo = '/me',
  start?: Answer,
): Promise<string> {
  const login = `${site.url}/auth/login?returnTo=${encodeURIComponent(returnTo)}`;
  const started = start ?? (await browser.visit(login));
  const back = await browser.follow(started, `${site.url}/auth/callback`);
  const location = back.headers.get('location') ?? '';
  expect(location).toContain(`${site.url}/auth/callback?`);
  return location;
}

const FROM_SERVER = { 'sec-fetch-site': 'cross-site' };

function finish(browser: UserAgent, callback: string): Promise<Answer> {
  return browser.visit(callback, FROM_SERVER);
}

function isSignedIn(answer: Answer): boolean {
  return cookiesSet('session', answer).length > 0;
}

function codeOf({ body }: Answer): string | undefined {
  return /Code: (\w+)/.exec(body)?.[1];
}

function startsLogin(answer: Answer, { emulator }: Site): boolean {
  const location = answer.headers.get('location') ?? '';
  return answer.status === 302 && location.startsWith(`${emulator.url}/authorize?`);
}

function withParameter(url: string, name: string, value: string | undefined): string {
  const changed = new URL(url);
  if (value === undefined) changed.searchParams.delete(name);
  else changed.searchParams.set(name, value);
  return changed.href;
}

/** One character in the middle becomes another one. */
function mangled(text: string): string {
  const middle = Math.floor(text.length / 2);
  return text.slice(0, middle) + (text[middle] === 'A' ? 'B' : 'A') + text.slice(middle + 1);
}

/** Another browser that starts with all the cookies of this one. */
async function copyOf(browser: UserAgent): Promise<UserAgent> {
  return new UserAgent(await browser.cookies.clone());
}

function randomPath(length = 400): string {
  return `/deep/${randomBytes(length).toString('base64url')}`.slice(0, length);
}

function shuffled<T>(items: readonly T[]): T[] {
  const keyed = items.map((item): [number, T] => [Math.random(), item]);
  return keyed.sort(([a], [b]) => a - b).map(([, item]) => item);
}

/** Bytes of our cookies that a request to the application carries, names included. */
async function cookieBytes(
  browser: UserAgent,
  url: string,
  kind: CookieKind = 'any',
): Promise<number> {
  const cookies = await browser.cookies.getCookies(url);
  return cookies
    .filter(({ key }) => isCookie(kind, key))
    .reduce((sum, { key, value }) => sum + key.length + value.length, 0);
}

async function expectCookieBudget(browser: UserAgent, url: string): Promise<void> {
  expect(await cookieBytes(browser, url, 'transaction')).toBeLessThanOrEqual(3000);
  expect(await cookieBytes(browser, url)).toBeLessThanOrEqual(8192);
}

describe.each(PLATFORMS)('The callback (%s)', (platform) => {
  let site: Site;
  let browser: UserAgent;

  beforeAll(async () => {
    site = await startSite(platform);
  });

  afterAll(() => site.close());

  beforeEach(() => {
    browser = new UserAgent();
  });

  const tokenRequests = () => site.emulator.counters.tokenRequests;

  async function signIn(): Promise<Answer> {
    const landed = await browser.navigate(`${site.url}/auth/login?returnTo=/me`);
    expect({ status: landed.status, url: landed.url }).toEqual({
      status: 200,
      url: `${site.url}/me`,
    });
    return landed;
  }

  async function expectNotSignedIn(who = browser): Promise<void> {
    expect(await cookieBytes(who, site.url, 'session')).toBe(0);
    const headers = { accept: 'application/json' };
    expect((await who.request(`${site.url}/me`, { headers })).status).toBe(401);
  }

  it('signs in and goes to the page that was asked for', async () => {
    const landed = await browser.navigate(`${site.url}/deep/link?page=2&sort=name`);
    expect(landed.status).toBe(200);
    expect(landed.url).toBe(`${site.url}/deep/link?page=2&sort=name`);
    expect(JSON.parse(landed.body)).toEqual({ sub: site.emulator.users[0]?.sub });
  });

  it('redirects without a body or a note, at the start and at the end', async () => {
    const browser = new UserAgent();
    const started = await browser.visit(`${site.url}/auth/login`);
    const finished = await finish(browser, await upToCallback(site, browser));
    for (const { status, headers, body } of [started, finished]) {
      expect({ status, body, length: headers.get('content-length') }).toEqual({
        status: 302,
        body: '',
        length: '0',
      });
      expect(headers.get('content-type')).toBeNull();
      expect(headers.get('cache-control')).toBe('private, no-store');
      expect(headers.get('vary')).toBe('Cookie');
    }
  });

  describe('many logins of one browser', () => {
    it('finishes ten that were started at once in any order, each on its own page of 400 characters', async () => {
      const pages = Array.from({ length: 10 }, () => randomPath());
      const callbacks = await Promise.all(
        pages.map(async (page) => {
          const callback = await upToCallback(site, browser, page);
          await expectCookieBudget(browser, site.url);
          return { page, callback };
        }),
      );
      for (const { page, callback } of shuffled(callbacks)) {
        const answer = await finish(browser, callback);
        expect(isSignedIn(answer)).toBe(true);
        expect(answer.headers.get('location')).toBe(page);
        const landed = await browser.follow(answer);
        expect({ status: landed.status, url: landed.url }).toEqual({
          status: 200,
          url: site.url + page,
        });
        await expectCookieBudget(browser, site.url);
      }
      expect(await cookieBytes(browser, site.url, 'transaction')).toBe(0);
    });

    it('finish ten at the same moment as well, and leave one session', async () => {
      const pages = Array.from({ length: 10 }, () => randomPath());
      const callbacks = await Promise.all(pages.map((page) => upToCallback(site, browser, page)));
      const answers = await Promise.all(callbacks.map((callback) => finish(browser, callback)));
      expect(answers.map(({ headers }) => headers.get('location'))).toEqual(pages);
      expect(answers.every(isSignedIn)).toBe(true);
      expect((await browser.visit(`${site.url}/me`)).status).toBe(200);
      await expectCookieBudget(browser, site.url);
    });

    it('work after forty were started at the same moment, as by a restored browser', async () => {
      const starts = Array.from({ length: 40 }, () => browser.visit(`${site.url}/auth/login`));
      const [first] = await Promise.all(starts);
      const callback = await upToCallback(site, browser, '/me', first);
      expect((await finish(browser, callback)).status).toBe(302);
      await browser.visit(`${site.url}/auth/login`);
      expect((await browser.visit(`${site.url}/me`)).status).toBe(200);
      await expectCookieBudget(browser, site.url);
    });

    it('works after 200 that were abandoned, within the cookie budget at every moment', async () => {
      for (let abandoned = 0; abandoned < 200; abandoned += 1) {
        await browser.visit(`${site.url}/auth/login?returnTo=${randomPath()}`);
        await expectCookieBudget(browser, site.url);
      }
      await signIn();
      await expectCookieBudget(browser, site.url);
    });

    it('works after 200 that were abandoned by a signed-in browser', async () => {
      await signIn();
      for (let abandoned = 0; abandoned < 200; abandoned += 1) {
        await browser.visit(`${site.url}/auth/login`);
      }
      await expectCookieBudget(browser, site.url);
      expect((await browser.visit(`${site.url}/me`)).status).toBe(200);
      await signIn();
      await expectCookieBudget(browser, site.url);
    });

    it.each([2500, 8000])(
      'falls back to the default page for a returnTo of %i characters',
      async (length) => {
        const callback = await upToCallback(site, browser, `/deep/${'x'.repeat(length)}`);
        expect(callback.length).toBeLessThan(2000);
        const answer = await finish(browser, callback);
        expect(isSignedIn(answer)).toBe(true);
        expect(answer.headers.get('location')).toBe('/');
      },
    );
  });

  describe('one state', () => {
    it('is exchanged once for two callbacks at the same time, and both get a session', async () => {
      let arrived = 0;
      const both = await startSite(platform, {
        options: {
          // Else the first login can be over before the second callback comes
          onLogin: async (claims) => {
            await until(async () => arrived === 2);
            await setTimeout(50);
            return claims;
          },
        },
      });
      onTestFinished(() => both.close());
      both.app.getHttpServer().on('request', ({ url }: IncomingMessage) => {
        if (url?.startsWith('/auth/callback')) arrived += 1;
      });
      const callback = await upToCallback(both, browser);
      const before = both.emulator.counters.tokenRequests;
      const twin = await copyOf(browser);
      const answers = await Promise.all([finish(browser, callback), finish(twin, callback)]);
      expect(answers.map(({ status }) => status)).toEqual([302, 302]);
      expect(answers.map(isSignedIn)).toEqual([true, true]);
      expect(both.emulator.counters.tokenRequests - before).toBe(1);
      for (const one of [browser, twin]) {
        expect((await one.visit(`${both.url}/me`)).status).toBe(200);
      }
    });

    it('is not exchanged again by a copy of the callback with a copy of its cookies', async () => {
      const callback = await upToCallback(site, browser);
      const thief = await copyOf(browser);
      expect(isSignedIn(await finish(browser, callback))).toBe(true);
      const before = tokenRequests();
      const answer = await finish(thief, callback);
      expect(isSignedIn(answer)).toBe(false);
      expect(startsLogin(answer, site)).toBe(true);
      expect(tokenRequests()).toBe(before);
      await expectNotSignedIn(thief);
    });

    it('is refused with another code once it was used', async () => {
      const callback = await upToCallback(site, browser);
      const thief = await copyOf(browser);
      expect(isSignedIn(await finish(browser, callback))).toBe(true);
      const before = tokenRequests();
      const answer = await finish(thief, withParameter(callback, 'code', 'another-code'));
      expect(isSignedIn(answer)).toBe(false);
      expect(tokenRequests()).toBe(before);
    });

    it('is refused with another code while it is being used', async () => {
      const callback = await upToCallback(site, browser);
      const thief = await copyOf(browser);
      const before = tokenRequests();
      const [own, stolen] = await Promise.all([
        finish(browser, callback),
        finish(thief, withParameter(callback, 'code', 'another-code')),
      ]);
      expect(tokenRequests() - before).toBe(1);
      expect([own, stolen].filter(isSignedIn).length).toBeLessThanOrEqual(1);
      expect(isSignedIn(stolen)).toBe(false);
    });

    it('is used up by a refused exchange', async () => {
      const callback = await upToCallback(site, browser);
      const again = await copyOf(browser);
      const answer = await finish(browser, withParameter(callback, 'code', 'another-code'));
      expect({ status: answer.status, code: codeOf(answer) }).toEqual({
        status: 400,
        code: 'invalid_grant',
      });
      await expectNotSignedIn();
      expect(await cookieBytes(browser, site.url, 'transaction')).toBe(0);
      const before = tokenRequests();
      expect(isSignedIn(await finish(again, callback))).toBe(false);
      expect(tokenRequests()).toBe(before);
    });

    it('is worth nothing in another browser', async () => {
      const callback = await upToCallback(site, browser);
      const before = tokenRequests();
      const stranger = new UserAgent();
      const answer = await finish(stranger, callback);
      expect(isSignedIn(answer)).toBe(false);
      expect(tokenRequests()).toBe(before);
      await expectNotSignedIn(stranger);
    });
  });

  describe('without a matching transaction', () => {
    it('goes on to the default page when somebody is signed in, and leaves the session alone', async () => {
      const callback = await upToCallback(site, browser);
      await browser.follow(await finish(browser, callback));
      const before = tokenRequests();
      const answer = await finish(browser, callback);
      expect({ status: answer.status, location: answer.headers.get('location') }).toEqual({
        status: 302,
        location: '/',
      });
      expect(answer.headers.getSetCookie()).toEqual([]);
      expect(tokenRequests()).toBe(before);
      expect((await browser.visit(`${site.url}/me`)).status).toBe(200);
    });

    it('starts exactly one fresh login, which goes where the user wanted to go', async () => {
      const callback = await upToCallback(site, browser, '/deep/wanted');
      const stranger = new UserAgent();
      const answer = await finish(stranger, callback);
      expect(startsLogin(answer, site)).toBe(true);
      const again = await upToCallback(site, stranger, '', answer);
      const landed = await stranger.follow(await finish(stranger, again));
      expect({ status: landed.status, url: landed.url }).toEqual({
        status: 200,
        url: `${site.url}/deep/wanted`,
      });
    });

    it('is told state_mismatch the second time', async () => {
      const callback = await upToCallback(site, new UserAgent());
      expect(startsLogin(await finish(browser, callback), site)).toBe(true);
      const answer = await finish(browser, callback);
      expect({ status: answer.status, code: codeOf(answer) }).toEqual({
        status: 400,
        code: 'state_mismatch',
      });
      await expectNotSignedIn();
    });

    it('does not loop when state is mangled on the way every time', async () => {
      let started: Answer | undefined;
      const answers: Answer[] = [];
      while (answers.length < 5 && answers.at(-1)?.status !== 400) {
        const callback = new URL(await upToCallback(site, browser, '/me', started));
        callback.searchParams.set('state', mangled(callback.searchParams.get('state') ?? ''));
        started = await finish(browser, callback.href);
        answers.push(started);
      }
      expect(answers.map(({ status }) => status)).toEqual([302, 400]);
      expect(codeOf(answers[1]!)).toBe('state_mismatch');
      await expectNotSignedIn();
    });

    const NO_NAVIGATIONS: Readonly<Record<string, Record<string, string>>> = {
      'a script': { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
      'a script without Fetch Metadata': { accept: 'application/json' },
      'an XMLHttpRequest': { accept: 'text/html', 'x-requested-with': 'XMLHttpRequest' },
      'an image': { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
      'a frame': { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
      'a prefetch': {
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
        'sec-purpose': 'prefetch',
      },
    };

    it.each(Object.entries(NO_NAVIGATIONS))('answers %s with 400', async (_who, headers) => {
      const callback = await upToCallback(site, new UserAgent());
      const before = { ...site.emulator.counters };
      const answer = await browser.request(callback, { headers });
      expect(answer.status).toBe(400);
      expect(answer.body).toContain('state_mismatch');
      expect(answer.headers.getSetCookie()).toEqual([]);
      expect(site.emulator.counters).toEqual(before);
    });

    it.each(['access_denied', 'server_error', '<script>alert(1)</script>'])(
      'never shows an error (%s) that came with a foreign state',
      async (error) => {
        const query = new URLSearchParams({ error, error_description: 'call 0900', state: 'x' });
        const url = `${site.url}/auth/callback?${query}`;
        const page = await finish(browser, url);
        expect(startsLogin(page, site)).toBe(true);
        expect(page.body + page.headers.get('location')).not.toMatch(/0900|script|denied|server_e/);
        const program = await browser.request(url, { headers: { accept: 'application/json' } });
        expect(JSON.parse(program.body)).toMatchObject({ error: 'state_mismatch' });
      },
    );

    it.each(['', '?', '?code=x', '?state=x', '?code=x&state=x', '?state=a&state=b&code=x'])(
      'answers /auth/callback%s with one fresh login and then 400',
      async (query) => {
        const before = tokenRequests();
        const first = await finish(browser, `${site.url}/auth/callback${query}`);
        expect(startsLogin(first, site)).toBe(true);
        const second = await finish(browser, `${site.url}/auth/callback${query}`);
        expect({ status: second.status, code: codeOf(second) }).toEqual({
          status: 400,
          code: 'state_mismatch',
        });
        expect(tokenRequests()).toBe(before);
      },
    );

    it('does not loop when the browser keeps no cookies', async () => {
      const answers: Answer[] = [];
      let callback = await upToCallback(site, new UserAgent());
      while (answers.length < 5 && answers.at(-1)?.status !== 400) {
        const answer = await finish(new UserAgent(), callback);
        answers.push(answer);
        if (answer.status === 302) callback = await upToCallback(site, new UserAgent(), '', answer);
      }
      expect(answers.map(({ status }) => status)).toEqual([302, 400]);
      expect(codeOf(answers[1]!)).toBe('state_mismatch');
    });
  });

  describe('a transaction that took too long', () => {
    afterEach(() => {
      vi.useRealTimers();
    });

    async function expiredCallback(): Promise<{ callback: string; cookie: string }> {
      const callback = await upToCallback(site, browser, '/deep/late');
      // A browser forgets the cookie in time; somebody who kept it must not get further
      const cookie = await browser.cookies.getCookieString(site.url);
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 601_000 });
      return { callback, cookie };
    }

    it('is refused for a program', async () => {
      const { callback, cookie } = await expiredCallback();
      const before = tokenRequests();
      const headers = { cookie, accept: 'application/json' };
      const answer = await new UserAgent().request(callback, { headers });
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.body)).toMatchObject({ error: 'transaction_expired' });
      expect(tokenRequests()).toBe(before);
    });

    it('starts one fresh login for a person, back to the same page', async () => {
      const { callback } = await expiredCallback();
      const before = tokenRequests();
      const answer = await finish(browser, callback);
      expect(startsLogin(answer, site)).toBe(true);
      expect(tokenRequests()).toBe(before);
      const again = await upToCallback(site, browser, '', answer);
      expect((await finish(browser, again)).headers.get('location')).toBe('/deep/late');
    });
  });

  describe('what caches and logs may keep', () => {
    function expectUncacheable(answer: Answer): void {
      expect(answer.headers.get('cache-control')).toBe('private, no-store');
      expect(answer.headers.get('vary')?.split(/,\s*/)).toContain('Cookie');
    }

    it('forbids caching of every answer that sets a cookie', async () => {
      const started = await browser.visit(`${site.url}/auth/login`);
      const callback = await upToCallback(site, browser, '', started);
      const failing = await copyOf(browser);
      const finished = await finish(browser, callback);
      const refused = await finish(failing, withParameter(callback, 'error', 'access_denied'));
      const recovered = await finish(new UserAgent(), callback);
      const replaced = await finish(browser, await upToCallback(site, browser));
      const loggedOut = await browser.request(`${site.url}/auth/logout`, {
        method: 'POST',
        headers: { accept: 'text/html', 'sec-fetch-site': 'same-origin' },
      });
      for (const answer of [started, finished, recovered, replaced, loggedOut]) {
        expect(answer.headers.getSetCookie()).not.toEqual([]);
        expectUncacheable(answer);
      }
      expectUncacheable(refused);
    });

    it('forbids caching of what was served because of a cookie', async () => {
      await signIn();
      expectUncacheable(await browser.visit(`${site.url}/me`));
      expectUncacheable(await new UserAgent().visit(`${site.url}/me`));
    });

    it('keeps the callback’s address out of Referer headers', async () => {
      const callback = await upToCallback(site, browser);
      const answer = await finish(browser, callback);
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    });

    it('shows no secret and no token to the browser', async () => {
      const tokens: string[] = [];
      const own = await startSite(platform, {
        options: {
          scope: 'openid profile email offline_access',
          onLogin: (claims, tokenSet) => {
            const { accessToken, refreshToken, idToken } = tokenSet;
            tokens.push(...[accessToken, refreshToken, idToken].filter((one) => one !== undefined));
            return { sub: claims.sub };
          },
        },
      });
      onTestFinished(() => own.close());
      const answers: Answer[] = [];
      let answer = await browser.visit(`${own.url}/auth/login?returnTo=/me`);
      answers.push(answer);
      const callback = await upToCallback(own, browser, '', answer);
      const copy = await copyOf(browser);
      answer = await finish(browser, callback);
      answers.push(answer, await browser.follow(answer), await finish(browser, callback));
      answers.push(await finish(copy, callback), await finish(copy, callback));
      expect(answers[2]?.status).toBe(200);
      expect(tokens.length).toBeGreaterThanOrEqual(2);
      const seen = answers
        .flatMap(({ headers, body, history }) => [...history, ...[...headers].flat(), body])
        .join('\n');
      for (const secret of [...tokens, CLIENT_SECRET, SESSION_SECRET]) {
        expect(seen).not.toContain(secret);
        expect(seen).not.toContain(Buffer.from(secret).toString('base64url'));
      }
      const code = new URL(callback).searchParams.get('code') ?? '';
      expect(code).not.toBe('');
      expect(answers.map(({ body }) => body).join('\n')).not.toContain(code);
    });
  });

  describe('the login route', () => {
    const PREFETCHES: readonly Record<string, string>[] = [
      { 'sec-purpose': 'prefetch' },
      { 'sec-purpose': 'prefetch;prerender' },
      { 'sec-purpose': 'prefetch;anonymous-client-ip' },
      { purpose: 'prefetch' },
      { 'x-purpose': 'preview' },
      { 'x-moz': 'prefetch' },
      { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
      { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
    ];

    it.each(PREFETCHES)('starts no login for %j', async (headers) => {
      const before = { ...site.emulator.counters };
      for (const path of ['/auth/login', '/deep/page']) {
        const answer = await browser.visit(`${site.url}${path}`, headers);
        expect(answer.status).toBe(401);
        expect(answer.headers.getSetCookie()).toEqual([]);
        expect(answer.headers.get('location')).toBeNull();
      }
      expect(site.emulator.counters).toEqual(before);
      await signIn();
    });
  });
});

const HABITS: Readonly<Record<string, Partial<UpbondEmulatorHabits>>> = {
  'a slash at the end of the issuer': { issuerTrailingSlash: true },
  'no slash at the end of the issuer': { issuerTrailingSlash: false },
  'no discovery, a slash': { discovery: false, issuerTrailingSlash: true },
  'no discovery, no slash': { discovery: false, issuerTrailingSlash: false },
  ES256: { signingAlg: 'ES256' },
  PS256: { signingAlg: 'PS256' },
  'no iss in authorization responses': { issInAuthorizationResponse: false },
  'no sid': { sid: false },
};

describe.each(PLATFORMS)('Login 3.0 with its open habits (%s)', (platform) => {
  async function start(setup: SiteSetup): Promise<Site> {
    const site = await startSite(platform, setup);
    onTestFinished(() => site.close());
    return site;
  }

  it.each(Object.entries(HABITS))('logs in with %s', async (_name, habits) => {
    const site = await start({ habits });
    const landed = await new UserAgent().navigate(`${site.url}/deep/page`);
    expect({ status: landed.status, url: landed.url }).toEqual({
      status: 200,
      url: `${site.url}/deep/page`,
    });
  });

  it('refuses an ID token without nonce, even if that were its habit', async () => {
    const site = await start({ habits: { nonce: false } });
    const answer = await new UserAgent().navigate(`${site.url}/me`);
    expect(answer.status).toBe(400);
    expect(codeOf(answer)).toBe('id_token_nonce_missing');
  });

  it('says access_denied when consent is denied, and signs in when it is given', async () => {
    const site = await start({ isInteractive: true });
    const deny = new UserAgent();
    const answer = await throughPages(deny, `${site.url}/me`, 'deny');
    expect({ status: answer.status, code: codeOf(answer) }).toEqual({
      status: 403,
      code: 'access_denied',
    });
    expect(await cookieBytes(deny, site.url)).toBe(0);
    const allow = await throughPages(new UserAgent(), `${site.url}/me`, 'allow');
    expect({ status: allow.status, url: allow.url }).toEqual({
      status: 200,
      url: `${site.url}/me`,
    });
  });
});

/** Clicks the first user on the login page and answers the consent page. */
async function throughPages(
  browser: UserAgent,
  url: string,
  consent: 'allow' | 'deny',
): Promise<Answer> {
  let page = await browser.navigate(url);
  for (let pages = 0; pages < 2; pages += 1) {
    const isConsent = page.body.includes('name="consent"');
    const [, name = '', value = ''] =
      /<button[^>]*\bname="([^"]+)"[^>]*\bvalue="([^"]+)"/.exec(page.body) ?? [];
    const field: Record<string, string> = isConsent ? { consent } : { [name]: value };
    const action = /<form[^>]*\baction="([^"]*)"/.exec(page.body)?.[1] ?? page.url;
    page = await browser.follow(await browser.submit(page, action, field));
  }
  return page;
}
