import { randomBytes } from 'node:crypto';
import type { UpbondClaims } from 'nestjs-upbond-auth';
import type { BrowserContext, Page } from 'playwright-core';
import { generations, libraryCookies } from './sites/cookies.js';
import { seeHeading, seeLoginPage, signIn } from './sites/people.js';
import { startThreeSites, type ThreeSites } from './sites/three-sites.js';

/** With an idle time of a minute a session is prolonged after more than six seconds. */
const DUE_SECONDS = 7;

/** Hanako's session needs two cookies, everybody else's one. */
function keep(claims: UpbondClaims) {
  const notes = claims.name === 'Hanako Yamada' ? randomBytes(1200).toString('base64url') : '';
  return { ...claims, notes };
}

describe('answers that reach the browser in another order than they were made in', () => {
  let sites: ThreeSites;
  let url: string;
  let visitor: BrowserContext;
  let page: Page;
  /** Where an answer is waited for while the visitor goes on in the other tab. */
  let waitingTab: Page;
  /** The clock of the shop, in seconds; it stands still unless a test moves it. */
  let time: number;

  beforeAll(async () => {
    sites = await startThreeSites({
      clock: () => time,
      options: { sessionIdleSeconds: 60, onLogin: keep },
    });
    ({ url } = sites.shop);
  });
  afterAll(() => sites?.close());
  beforeEach(async () => {
    // The start of the ten seconds in which generations have the same time
    time = Math.floor(Date.now() / 10_000) * 10;
    visitor = await sites.visitor();
    page = await visitor.newPage();
    waitingTab = await visitor.newPage();
  });
  afterEach(() => visitor.close());

  /** Asks for a page in the other tab, and answers how to deliver what was made for it just now. */
  async function ask(path: string): Promise<() => Promise<void>> {
    const answer = sites.shop.hold(path);
    const arrived = waitingTab.evaluate<number>(`fetch('${path}').then(({ status }) => status)`);
    const setCookie = await answer.made;
    expect(setCookie.join()).toMatch(/unprotected-user=|-s-[0-9a-z]{15}-0\.\d=[^;]/);
    return async () => {
      answer.deliver();
      expect(await arrived).toBe(200);
    };
  }

  describe('where the session is in a cookie with one name', () => {
    beforeEach(async () => {
      await page.goto(`${url}/unprotected/sign-in/Hanako`);
      await waitingTab.goto(`${url}/unprotected/account`);
    });

    it('bring the last user back when one arrives after the login of the next', async () => {
      const deliver = await ask('/unprotected/rolling');
      await page.goto(`${url}/unprotected/sign-in/Taro`);
      await deliver();

      await page.goto(`${url}/unprotected/account`);
      await seeHeading(page, 'Signed in as Hanako');
    });

    it('bring the session back when one arrives after the logout', async () => {
      const deliver = await ask('/unprotected/rolling');
      await page.goto(`${url}/unprotected/sign-out`);
      await deliver();

      await page.goto(`${url}/unprotected/account`);
      await seeHeading(page, 'Signed in as Hanako');
    });
  });

  describe('where the library keeps the session', () => {
    beforeEach(async () => {
      await page.goto(`${url}/profile`);
      await signIn(page, `${url}/profile`);
      await waitingTab.goto(`${url}/profile`);
      expect(await libraryCookies(visitor, 'session')).toHaveLength(2);
    });

    async function logOut(): Promise<void> {
      await page.getByRole('button', { name: 'Log out' }).click();
      await page.waitForURL(`${url}/`);
      await page.getByRole('link', { name: 'Log in' }).waitFor();
    }

    it.each([
      ['within the same ten seconds', 1],
      ['half a minute later', 30],
    ])('do not bring the last user back after the login of the next, %s', async (_when, later) => {
      time += DUE_SECONDS;
      const deliver = await ask('/orders/1');
      time += later;
      await page.goto(`${url}/auth/login?prompt=login&returnTo=/profile`);
      await signIn(page, `${url}/profile`, 'Taro Suzuki');
      const newer = await libraryCookies(visitor, 'session');
      await deliver();
      expect(await generations(visitor)).toHaveLength(2);
      // It no longer knows which sessions have ended: only the order of generations is left
      await sites.shop.restart();

      await page.goto(`${url}/profile`);
      await seeHeading(page, 'Taro Suzuki');
      expect(await libraryCookies(visitor, 'session')).toEqual(newer);
      await page.goto(`${url}/orders/2`);
      await seeHeading(page, 'Order 2 of Taro Suzuki');
    });

    it('do not bring the session back after the logout, even if the server remembers nothing', async () => {
      time += DUE_SECONDS;
      const deliver = await ask('/orders/1');
      await logOut();
      await deliver();
      expect(await libraryCookies(visitor, 'session')).toHaveLength(2);
      await sites.shop.restart();

      await page.goto(`${url}/profile`);

      await seeLoginPage(page);
    });

    it('do bring it back then without the tombstone that the logout left', async () => {
      time += DUE_SECONDS;
      const deliver = await ask('/orders/1');
      await logOut();
      await deliver();
      await sites.shop.restart();
      await visitor.clearCookies({ name: /-x-/ });

      await page.goto(`${url}/profile`);

      await seeHeading(page, 'Hanako Yamada');
    });

    it('do not bring the session back in the process that has ended it either', async () => {
      time += DUE_SECONDS;
      const deliver = await ask('/orders/1');
      await logOut();
      await deliver();
      await visitor.clearCookies({ name: /-x-/ });

      await page.goto(`${url}/profile`);

      await seeLoginPage(page);
    });

    it.each([
      ['in order', 0, 1],
      ['the wrong way round', 1, 0],
    ])('leave one readable session when two prolong it, %s', async (_order, first, second) => {
      time += DUE_SECONDS;
      const earlier = await ask('/orders/1');
      time += 1;
      const answers = [earlier, await ask('/orders/2')];
      await answers[first]!();
      await answers[second]!();

      await page.goto(`${url}/orders/3`);
      await seeHeading(page, 'Order 3 of Hanako Yamada');
      expect(await generations(visitor)).toHaveLength(1);
      expect(await libraryCookies(visitor, 'session')).toHaveLength(2);
    });

    it('leave what the next page deletes when one is older than two newer ones', async () => {
      time += DUE_SECONDS;
      const deliver = await ask('/orders/1');
      await page.goto(`${url}/orders/2`);
      time += DUE_SECONDS;
      await page.goto(`${url}/orders/3`);
      const [newest] = await generations(visitor);
      await deliver();
      expect(await generations(visitor)).toEqual([expect.any(String), newest]);

      await page.goto(`${url}/orders/4`);

      await seeHeading(page, 'Order 4 of Hanako Yamada');
      expect(await generations(visitor)).toEqual([newest]);
    });
  });
});
