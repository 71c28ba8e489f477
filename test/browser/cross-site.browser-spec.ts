import type { BrowserContext, Page } from 'playwright-core';
import { autoNavigate, autoSubmit } from './sites/attacker.js';
import { naiveAuthorizationRequest } from './sites/naive-login.js';
import { orders } from './sites/orders.controller.js';
import { allow, choose, seeHeading, seeLoginPage, signIn, withhold } from './sites/people.js';
import { startThreeSites, type ThreeSites } from './sites/three-sites.js';

const ATTACKER = 'Alex Morgan (no wallet)';

describe('an attacker on another site', () => {
  let sites: ThreeSites;
  let url: string;
  let victim: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    sites = await startThreeSites();
    ({ url } = sites.shop);
  });
  afterAll(() => sites?.close());
  beforeEach(async () => {
    orders.length = 0;
    victim = await sites.visitor();
    page = await victim.newPage();
  });
  afterEach(() => victim.close());

  /** The attacker signs in, but keeps the authorization response for somebody else. */
  async function responseOfAttacker(start: string, callback: string): Promise<string> {
    const attacker = await sites.visitor();
    const own = await attacker.newPage();
    const response = withhold(own, `${callback}?*`);
    await own.goto(start);
    await choose(own, ATTACKER);
    await allow(own);
    const captured = await response;
    await attacker.close();
    return captured;
  }

  /** The victim is signed in at the shop, with and without protection. */
  async function signInVictim(): Promise<void> {
    await page.goto(`${url}/profile`);
    await signIn(page, `${url}/profile`);
    await page.goto(naiveAuthorizationRequest(sites.shop));
    await seeHeading(page, 'Signed in as Hanako Yamada');
  }

  describe('who sends a visitor to the callback with a code of their own (login CSRF)', () => {
    const capture = () => responseOfAttacker(`${url}/profile`, `${url}/auth/callback`);

    it('signs the visitor in as the attacker where no login is bound to a browser', async () => {
      const start = naiveAuthorizationRequest(sites.shop);
      const response = await responseOfAttacker(start, `${url}/unprotected/callback`);

      await page.goto(sites.attacker.publish(autoNavigate(response)));

      await seeHeading(page, `Signed in as ${ATTACKER}`);
    });

    it('only makes the visitor log in as themselves', async () => {
      const attack = sites.attacker.publish(autoNavigate(await capture()));
      const exchanges = sites.login.counters.tokenRequests;
      await page.goto(attack);

      await seeLoginPage(page);
      expect(sites.login.counters.tokenRequests).toBe(exchanges);
      await signIn(page, `${url}/profile`);
      await seeHeading(page, 'Hanako Yamada');
    });

    it('does not change who a signed-in visitor is', async () => {
      await page.goto(`${url}/profile`);
      await signIn(page, `${url}/profile`);

      await page.goto(sites.attacker.publish(autoNavigate(await capture())));

      await seeHeading(page, 'Hello, Hanako Yamada');
      expect(page.url()).toBe(`${url}/`);
    });

    it('achieves no more with a form post', async () => {
      const response = new URL(await capture());
      const fields = Object.fromEntries(response.searchParams);
      const exchanges = sites.login.counters.tokenRequests;
      await page.goto(sites.attacker.publish(autoSubmit(`${url}/auth/callback`, fields)));

      await seeLoginPage(page);
      expect(sites.login.counters.tokenRequests).toBe(exchanges);
      await page.goto(`${url}/`);
      await page.getByRole('link', { name: 'Log in' }).waitFor();
    });
  });

  describe('who posts a form to the shop with the session of a visitor (CSRF)', () => {
    beforeEach(signInVictim);

    async function lure(attack: string): Promise<void> {
      await page.goto(attack);
      await page.waitForURL(`${url}/**`);
      await page.waitForLoadState();
    }

    it('orders in the name of the visitor where only the cookie is looked at', async () => {
      await lure(sites.attacker.publish(autoSubmit(`${url}/unprotected/orders`)));

      expect(orders).toEqual(['unprotected: Hanako Yamada']);
    });

    it('is refused by the guard', async () => {
      const answer = page.waitForResponse(`${url}/orders`);
      await lure(sites.attacker.publish(autoSubmit(`${url}/orders`)));

      expect((await answer).status()).toBe(401);
      expect(orders).toEqual([]);
    });

    it('is refused by the guard on a host of the same site, where the cookie does come along', async () => {
      const answer = page.waitForResponse(`${url}/orders`);
      await lure(sites.attacker.publishOnSibling(autoSubmit(`${url}/orders`)));

      expect((await (await answer).request().allHeaders()).cookie).toContain('__Host-upbond-');
      expect((await answer).status()).toBe(403);
      expect(await page.textContent('main')).toContain('cross_site_request');
      expect(orders).toEqual([]);
    });

    it('cannot sign the visitor out', async () => {
      for (const attack of [sites.attacker.publish, sites.attacker.publishOnSibling]) {
        const answer = page.waitForResponse(`${url}/auth/logout`);
        await lure(attack(autoSubmit(`${url}/auth/logout`)));
        expect((await answer).status()).toBe(403);
      }

      await page.goto(`${url}/profile`);
      await seeHeading(page, 'Hanako Yamada');
    });

    it('does not stop the visitor, who may order', async () => {
      await page.goto(`${url}/orders/1`);
      await page.getByRole('button', { name: 'Order again' }).click();
      await page.getByText('Thank you for your order').waitFor();

      expect(orders).toEqual(['guarded: Hanako Yamada']);
    });
  });

  describe('who shows a page of the shop in a frame', () => {
    const frame = (path: string) => `<iframe src="${url}${path}"></iframe>`;

    async function framed(attack: string, path: string) {
      const answer = page.waitForResponse(`${url}${path}`);
      await page.goto(attack);
      return (await answer).status();
    }

    it('sees it where the headers that forbid it are missing, from a host of the same site', async () => {
      await signInVictim();
      await framed(
        sites.attacker.publishOnSibling(frame('/unprotected/framed')),
        '/unprotected/framed',
      );

      const heading = page.frameLocator('iframe').getByRole('heading');
      await heading.waitFor();
      expect(await heading.textContent()).toBe('In a frame: Hanako Yamada');
    });

    it('sees nothing of a protected page, from a host of the same site', async () => {
      await signInVictim();
      const refusal = page.waitForEvent('console', (message) => /frame/i.test(message.text()));
      await framed(sites.attacker.publishOnSibling(frame('/profile')), '/profile');

      expect((await refusal).text()).toMatch(/frame-ancestors|X-Frame-Options/i);
      expect(await page.frameLocator('iframe').getByRole('heading').count()).toBe(0);
    });

    it('starts no login and sees nothing, from another site', async () => {
      for (const path of ['/profile', '/api/me']) {
        expect(await framed(sites.attacker.publish(frame(path)), path)).toBe(401);
      }
      expect(await victim.cookies()).toEqual([]);
    });

    it('starts no login by framing the login route, from another site', async () => {
      await framed(sites.attacker.publish(frame('/auth/login')), '/auth/login');
      await page.waitForLoadState();

      expect(await victim.cookies()).toEqual([]);
    });

    it('starts no login by framing the login route, from a host of the same site', async () => {
      await framed(sites.attacker.publishOnSibling(frame('/auth/login')), '/auth/login');
      await page.waitForLoadState();

      expect(await victim.cookies()).toEqual([]);
    });

    it('starts a login in a frame of a host of the same site where every request does', async () => {
      const attack = sites.attacker.publishOnSibling(frame('/unprotected/login'));
      await framed(attack, '/unprotected/login');
      await page.waitForLoadState();

      expect((await victim.cookies()).map(({ name }) => name)).toEqual(['unprotected-login']);
    });
  });
});
