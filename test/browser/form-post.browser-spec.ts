import type { BrowserContext, Page } from 'playwright-core';
import { autoSubmit } from './sites/attacker.js';
import { libraryCookies } from './sites/cookies.js';
import { naiveAuthorizationRequest } from './sites/naive-login.js';
import { allow, choose, seeHeading, seeLoginPage, signIn, withholdForm } from './sites/people.js';
import { startThreeSites, type ThreeSites } from './sites/three-sites.js';

const ATTACKER = 'Alex Morgan (no wallet)';

describe('a login whose response is posted from the site of the authorization server', () => {
  let sites: ThreeSites;
  let url: string;
  let visitor: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    sites = await startThreeSites({ options: { responseMode: 'form_post' } });
    ({ url } = sites.shop);
  });
  afterAll(() => sites?.close());
  beforeEach(async () => {
    visitor = await sites.visitor();
    page = await visitor.newPage();
  });
  afterEach(() => visitor.close());

  it('starts at a deep link and lands there, with no code in any address', async () => {
    const callback = page.waitForRequest(`${url}/auth/callback`);
    await page.goto(`${url}/orders/42?tab=items`);
    await signIn(page, `${url}/orders/42?tab=items`);

    await seeHeading(page, 'Order 42 of Hanako Yamada');
    expect((await callback).method()).toBe('POST');
    const headers = await (await callback).allHeaders();
    expect(headers['sec-fetch-site']).toBe('cross-site');
    await page.goto(`${url}/profile`);
    await seeHeading(page, 'Hanako Yamada');
  });

  it('has transaction cookies that come along from another site, and session cookies that do not', async () => {
    await page.goto(`${url}/profile`);
    await seeLoginPage(page);
    const transactions = await libraryCookies(visitor, 'transaction');
    await signIn(page, `${url}/profile`);
    const sessions = await libraryCookies(visitor, 'session');

    expect(transactions).toMatchObject([
      { name: expect.stringMatching(/^__Host-/), sameSite: 'None', secure: true, httpOnly: true },
    ]);
    expect(sessions).toMatchObject([
      { name: expect.stringMatching(/^__Host-/), sameSite: 'Lax', secure: true, httpOnly: true },
    ]);
    expect(await libraryCookies(visitor, 'transaction')).toEqual([]);
  });

  it('would not find its transaction in a cookie that is SameSite=Lax, and begins anew', async () => {
    await page.goto(`${url}/orders/42`);
    await seeLoginPage(page);
    const [cookie] = await libraryCookies(visitor, 'transaction');
    await visitor.addCookies([{ ...cookie!, sameSite: 'Lax' }]);
    const exchanges = sites.login.counters.tokenRequests;
    const callback = page.waitForRequest(`${url}/auth/callback`);
    await choose(page, 'Hanako Yamada');
    await allow(page);

    expect((await (await callback).allHeaders()).cookie).toBeUndefined();
    const answer = await (await callback).response();
    expect(await answer?.headerValue('location')).toMatch(/\/authorize\?/);
    // It is not exchanged; the login that begins anew ends by itself, for the visitor is signed in there
    await seeHeading(page, 'Order 42 of Hanako Yamada');
    expect(sites.login.counters.tokenRequests).toBe(exchanges + 1);
  });

  it('ends on a page of the application when consent is denied', async () => {
    await page.goto(`${url}/profile`);
    await choose(page, 'Hanako Yamada');
    await page.getByRole('button', { name: 'Deny' }).click();

    await seeHeading(page, 'Sign-in did not work');
    expect(await page.textContent('main')).toContain('access_denied');
  });

  it('works in two tabs that were started before either finished', async () => {
    const other = await visitor.newPage();
    await page.goto(`${url}/orders/1`);
    await other.goto(`${url}/orders/2`);
    await seeLoginPage(other);

    await signIn(page, `${url}/orders/1`);
    await choose(other, 'Hanako Yamada');

    await other.waitForURL(`${url}/orders/2`);
    await seeHeading(other, 'Order 2 of Hanako Yamada');
  });

  describe('that an attacker posts with a code of their own (login CSRF)', () => {
    /** The attacker signs in, but keeps the fields of the response for somebody else. */
    async function responseOfAttacker(start: string, callback: string) {
      const attacker = await sites.visitor();
      const own = await attacker.newPage();
      const fields = withholdForm(own, callback);
      await own.goto(start);
      await choose(own, ATTACKER);
      await allow(own);
      const captured = await fields;
      await attacker.close();
      return sites.attacker.publish(autoSubmit(callback, captured));
    }

    it('signs the visitor in as the attacker where no login is bound to a browser', async () => {
      const start = naiveAuthorizationRequest(sites.shop, { response_mode: 'form_post' });
      await page.goto(await responseOfAttacker(start, `${url}/unprotected/callback`));

      await seeHeading(page, `Signed in as ${ATTACKER}`);
    });

    it('only makes the visitor log in as themselves', async () => {
      const attack = await responseOfAttacker(`${url}/profile`, `${url}/auth/callback`);
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
      await page.goto(await responseOfAttacker(`${url}/orders/7`, `${url}/auth/callback`));

      await page.waitForURL(
        (address) => address.origin === url && address.pathname !== '/auth/callback',
      );
      await page.goto(`${url}/profile`);
      await seeHeading(page, 'Hanako Yamada');
    });
  });
});
