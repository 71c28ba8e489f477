import { mkdirSync, rmSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { freePort } from '../support/ports.js';
import { launchChromium } from '../support/chromium.js';
import { overflows, violationsOn } from './example/accessibility.js';
import { ExampleFailed, startExample, type Example } from './example/start-example.js';
import { allow, choose, seeHeading, seeLoginPage, signIn } from './sites/people.js';

const SCREENSHOTS = 'test-output/screenshots';

const SCREENS = [
  { device: 'phone', colorScheme: 'light', width: 390, height: 844 },
  { device: 'phone', colorScheme: 'dark', width: 390, height: 844 },
  { device: 'desktop', colorScheme: 'light', width: 1280, height: 800 },
  { device: 'desktop', colorScheme: 'dark', width: 1280, height: 800 },
] as const;

describe('the example, started without any configuration', () => {
  let browser: Browser | undefined;
  let example: Example;
  let port: number;

  beforeAll(async () => {
    rmSync(SCREENSHOTS, { recursive: true, force: true });
    mkdirSync(SCREENSHOTS, { recursive: true });
    port = await freePort();
    example = await startExample(port);
    browser = await launchChromium();
  }, 120_000);
  afterAll(() => browser?.close());

  it('says where to click', () => {
    expect(example.output()).toMatch(/people sign in at the local emulator/);
    expect(example.url).toBe(`http://localhost:${port}`);
  });

  it('says in one sentence that its port is taken', async () => {
    const failure = await startExample(port).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(ExampleFailed);
    const { exitCode, output } = failure as ExampleFailed;
    expect(exitCode).toBe(1);
    expect(output).toBe(
      `The example cannot listen on port ${port}: it is already in use. Stop what listens there, or choose another port: PORT=${port + 1} npm start\n`,
    );
  });

  it('answers scripts without a session with 401 and JSON', async () => {
    const answer = await fetch(`${example.url}/api/me`, { redirect: 'manual' });

    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(await answer.json()).toMatchObject({ error: 'login_required' });
  });

  describe.each(SCREENS)('on a $device, $colorScheme', (screen) => {
    const { device, colorScheme, width, height } = screen;
    let visitor: BrowserContext;
    let page: Page;
    let violations: string[];

    beforeAll(async () => {
      visitor = await browser!.newContext({ colorScheme, viewport: { width, height } });
      visitor.setDefaultTimeout(10_000);
      page = await visitor.newPage();
    });
    afterAll(() => visitor.close());
    beforeEach(() => {
      violations = [];
    });

    /** Keeps a picture of the page and checks what everybody should be able to use. */
    async function inspect(name: string): Promise<void> {
      const path = `${SCREENSHOTS}/${name}-${device}-${colorScheme}.png`;
      await page.screenshot({ path, fullPage: true });
      violations.push(...(await violationsOn(page)));
      if (await overflows(page)) violations.push(`${name} is wider than the screen`);
    }

    it('shows an accessible error page when consent is denied', async () => {
      await page.goto(`${example.url}/profile`);
      await choose(page, 'Taro Suzuki');
      await page.getByRole('button', { name: 'Deny' }).click();
      await seeHeading(page, 'Sign-in did not work');
      await inspect('7-error');

      expect(violations).toEqual([]);
    });

    it('leads from the start page through the login and out again, accessibly', async () => {
      await visitor.clearCookies();
      await page.goto(example.url);
      await inspect('1-home');

      await page.getByRole('link', { name: 'Log in' }).click();
      await seeLoginPage(page);
      await inspect('2-login');
      await choose(page, 'Hanako Yamada');
      await page.getByRole('button', { name: 'Allow' }).waitFor();
      await inspect('3-consent');
      await allow(page);
      await seeHeading(page, 'Hello, Hanako Yamada');
      await inspect('4-home-signed-in');

      await page.getByRole('link', { name: 'Your profile' }).click();
      await seeHeading(page, 'Hanako Yamada');
      const profile = await page.textContent('main');
      expect(profile).toContain('hanako@example.com');
      expect(profile).toContain('0x52908400098527886E0F7030069857D2E4169EE7');
      expect(profile).toContain('did:key:');
      await inspect('5-profile');

      // No content: the browser stays on the page in between, so that it can be looked at
      await page.route('**/v2/logout?*', (route) => route.fulfill({ status: 204 }), { times: 1 });
      await page.getByRole('button', { name: 'Log out' }).click();
      await seeHeading(page, 'Signing out');
      await inspect('6-signed-out');
      await page.getByRole('link', { name: 'Continue' }).click();
      await page.waitForURL(`${example.url}/`);
      await page.getByRole('link', { name: 'Profile' }).click();
      await seeLoginPage(page);

      expect(violations).toEqual([]);
    });

    it('returns to the API that was asked for', async () => {
      await visitor.clearCookies();
      await page.goto(`${example.url}/api/me`);
      await signIn(page, `${example.url}/api/me`, 'Alex Morgan (no wallet)');

      const me: unknown = JSON.parse((await page.textContent('body')) ?? '');
      expect(me).toMatchObject({ name: 'Alex Morgan (no wallet)', email: 'alex@example.com' });
      await page.goto(`${example.url}/profile`);
      expect(await page.textContent('main')).toContain('Not shared with this application');
      await inspect('8-profile-without-wallet');
      expect(violations).toEqual([]);
    });

    it('asks accessibly whether to sign out, and does', async () => {
      await page.goto(`${example.url}/auth/logout`);
      await seeHeading(page, 'Sign out?');
      await inspect('9-sign-out');
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.waitForURL(`${example.url}/`);
      await page.getByRole('link', { name: 'Log in' }).waitFor();

      expect(violations).toEqual([]);
    });
  });

  it('stops at Ctrl+C, together with the emulator', async () => {
    const [, emulator = ''] = /(http:\/\/localhost:\d+) ·/.exec(example.output()) ?? [];
    expect((await fetch(emulator)).status).toBe(200);

    expect(await example.interrupt()).toBe(0);

    await expect(fetch(emulator)).rejects.toThrow();
    await expect(fetch(example.url)).rejects.toThrow();
  });
});

describe('the example, configured for a Login 3.0', () => {
  it('starts without the emulator, and while the service cannot be reached', async () => {
    const port = await freePort();
    const example = await startExample(port, {
      UPBOND_DOMAIN: 'https://login.example.test',
      UPBOND_CLIENT_ID: 'a-registered-client',
      UPBOND_CLIENT_SECRET: 'the-secret-of-a-registered-client',
      UPBOND_REDIRECT_URI: `http://localhost:${port}/auth/callback`,
      UPBOND_SESSION_SECRET: 'sLf3Jx9QmZ0vT7rYb2NcWq8KdHuEaP5G',
    });

    const answer = await fetch(`${example.url}/`);
    await example.interrupt();

    expect(answer.status).toBe(200);
    expect(example.output()).not.toMatch(/emulator/);
  });
});
