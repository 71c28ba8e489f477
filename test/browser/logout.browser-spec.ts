import type { BrowserContext, Page } from 'playwright-core';
import { libraryCookies } from './sites/cookies.js';
import { rememberPlace, seeHeading, seeLoginPage, signIn } from './sites/people.js';
import { startThreeSites, type ThreeSites } from './sites/three-sites.js';

describe.each(['Nest', 'Helmet'] as const)('logout under the default policies of %s', (headers) => {
  let sites: ThreeSites;
  let url: string;
  let visitor: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    sites = await startThreeSites({ headers });
    ({ url } = sites.shop);
  });
  afterAll(() => sites?.close());
  beforeEach(async () => {
    visitor = await sites.visitor();
    page = await visitor.newPage();
    await page.goto(`${url}/profile`);
    await signIn(page, `${url}/profile`);
  });
  afterEach(() => visitor.close());

  async function logOut(): Promise<void> {
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.waitForURL(`${url}/`);
    await page.getByRole('link', { name: 'Log in' }).waitFor();
  }

  it('is blocked by form-action when the form post is answered by a redirect to another site', async () => {
    await page.goto(`${url}/unprotected/logout`);
    const refusal = page.waitForEvent('console', (message) => /form-action/.test(message.text()));
    await page.getByRole('button', { name: 'Log out' }).click();

    expect((await refusal).type()).toBe('error');
    expect(page.url()).toMatch(url);
    // Nothing has ended: the authorization server signs the visitor in without asking
    await page.goto(`${url}/auth/login?returnTo=/orders/9`);
    await seeHeading(page, 'Order 9 of Hanako Yamada');
  });

  it('ends the session here and at the authorization server, which asks again', async () => {
    await logOut();
    // Only the tombstone that keeps answers in flight from bringing the session back
    expect(await visitor.cookies(url)).toEqual(await libraryCookies(visitor, 'tombstone'));

    await page.getByRole('link', { name: 'Profile' }).click();

    await seeLoginPage(page);
  });

  it('ends both at a click on a link of the application', async () => {
    await page.goto(`${url}/logout-link`);
    await page.getByRole('link', { name: 'Sign out' }).click();
    await page.waitForURL(`${url}/`);
    await page.getByRole('link', { name: 'Log in' }).waitFor();
    expect(await libraryCookies(visitor, 'session')).toEqual([]);

    await page.getByRole('link', { name: 'Profile' }).click();

    await seeLoginPage(page);
  });

  it('asks who typed the address or kept a bookmark, and ends both by its button', async () => {
    await page.goto(`${url}/auth/logout`);
    await seeHeading(page, 'Sign out?');
    expect(await libraryCookies(visitor, 'session')).toHaveLength(1);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(`${url}/`);
    await page.getByRole('link', { name: 'Log in' }).waitFor();
    expect(await libraryCookies(visitor, 'session')).toEqual([]);

    await page.getByRole('link', { name: 'Profile' }).click();

    await seeLoginPage(page);
  });

  it('lets the next person sign in', async () => {
    await logOut();
    await page.goto(`${url}/profile`);
    await signIn(page, `${url}/profile`, 'Maria García');

    await seeHeading(page, 'Maria García');
  });

  it('leaves a page that the browser may keep behind the back button', async () => {
    await page.goto(`${url}/unprotected/cached`);
    const goBack = await rememberPlace(page);
    await page.goto(`${url}/`);
    await logOut();

    await goBack();

    await seeHeading(page, 'Kept by the browser: Hanako Yamada');
  });

  it('leaves no protected page of the library behind the back button', async () => {
    await page.goto(`${url}/orders/7`);
    const goBack = await rememberPlace(page);
    await page.goto(`${url}/`);
    await logOut();

    await goBack();

    await seeLoginPage(page);
    await signIn(page, `${url}/orders/7`, 'Taro Suzuki');
    await seeHeading(page, 'Order 7 of Taro Suzuki');
  });
});
