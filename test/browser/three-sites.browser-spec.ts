import type { BrowserContext, Page } from 'playwright-core';
import { choose, rememberPlace, seeHeading, seeLoginPage, signIn } from './sites/people.js';
import { startThreeSites, type ThreeSites } from './sites/three-sites.js';

describe('a login over https, with the application and the authorization server on two sites', () => {
  let sites: ThreeSites;
  let url: string;
  let visitor: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    sites = await startThreeSites();
    ({ url } = sites.shop);
  });
  afterAll(() => sites?.close());
  beforeEach(async () => {
    visitor = await sites.visitor();
    page = await visitor.newPage();
  });
  afterEach(() => visitor.close());

  it('starts at a deep link and lands there', async () => {
    await page.goto(`${url}/orders/42?tab=items`);
    await seeLoginPage(page);
    expect(new URL(page.url()).origin).toBe(sites.login.url);

    await signIn(page, `${url}/orders/42?tab=items`);

    await seeHeading(page, 'Order 42 of Hanako Yamada');
  });

  it('starts at the link of the start page and comes back to it', async () => {
    await page.goto(`${url}/`);
    await page.getByRole('link', { name: 'Log in' }).click();
    await seeLoginPage(page);

    await signIn(page, `${url}/`, 'Taro Suzuki');

    await seeHeading(page, 'Hello, Taro Suzuki');
  });

  it('ends on a page of the application with the code access_denied when consent is denied', async () => {
    await page.goto(`${url}/profile`);
    await choose(page, 'Hanako Yamada');
    await page.getByRole('button', { name: 'Deny' }).click();

    await seeHeading(page, 'Sign-in did not work');
    expect(new URL(page.url()).origin).toBe(url);
    expect(await page.textContent('main')).toContain('access_denied');
    await page.getByRole('link', { name: 'Go to the start page' }).click();
    await page.getByRole('link', { name: 'Log in' }).waitFor();
  });

  it('works in two tabs that were started before either finished, each on its own page', async () => {
    const other = await visitor.newPage();
    await page.goto(`${url}/orders/1`);
    await other.goto(`${url}/orders/2`);
    await seeLoginPage(page);
    await seeLoginPage(other);

    await signIn(page, `${url}/orders/1`);
    await choose(other, 'Hanako Yamada');
    await other.waitForURL(`${url}/orders/2`);

    await seeHeading(page, 'Order 1 of Hanako Yamada');
    await seeHeading(other, 'Order 2 of Hanako Yamada');
    await page.reload();
    await seeHeading(page, 'Order 1 of Hanako Yamada');
  });

  it('can finish the second tab first', async () => {
    const other = await visitor.newPage();
    await page.goto(`${url}/orders/1`);
    await other.goto(`${url}/orders/2`);

    await signIn(other, `${url}/orders/2`);
    await choose(page, 'Hanako Yamada');

    await page.waitForURL(`${url}/orders/1`);
    await seeHeading(page, 'Order 1 of Hanako Yamada');
  });

  it('leaves the visitor signed in when they go back all the way', async () => {
    await page.goto(`${url}/`);
    const goBack = await rememberPlace(page);
    await page.getByRole('link', { name: 'Profile' }).click();
    await signIn(page, `${url}/profile`);

    await goBack();

    expect(page.url()).toBe(`${url}/`);

    await seeHeading(page, 'Hello, Hanako Yamada');
  });

  it('leaves the visitor signed in when the address of the used callback is opened again', async () => {
    const callback = page.waitForRequest((request) => request.url().includes('/auth/callback?'));
    await page.goto(`${url}/profile`);
    await signIn(page, `${url}/profile`);

    await page.goto((await callback).url());

    expect(page.url()).toBe(`${url}/`);
    await seeHeading(page, 'Hello, Hanako Yamada');
  });

  it('keeps its cookies where only this host can read them, and no script', async () => {
    await page.goto(`${url}/profile`);
    await seeLoginPage(page);
    const pending = await visitor.cookies(url);
    await signIn(page, `${url}/profile`);
    const signedIn = await visitor.cookies(url);

    expect(pending).not.toEqual([]);
    expect(signedIn).not.toEqual([]);
    for (const cookie of [...pending, ...signedIn]) {
      expect(cookie).toMatchObject({
        name: expect.stringMatching(/^__Host-upbond-/),
        domain: 'app.example-shop.test',
        path: '/',
        httpOnly: true,
        secure: true,
        sameSite: 'Lax',
      });
    }
    expect(signedIn.map(({ name }) => name)).not.toContain(pending[0]?.name);
    expect(await page.evaluate('document.cookie')).toBe('');
  });
});
