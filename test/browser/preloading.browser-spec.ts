import type { BrowserContext, Page } from 'playwright-core';
import { libraryCookies } from './sites/cookies.js';
import { seeLoginPage } from './sites/people.js';
import { startThreeSites, type ThreeSites } from './sites/three-sites.js';
import { watch } from './sites/watch.js';

describe('a browser that loads the login route although nobody went there', () => {
  let sites: ThreeSites;
  let url: string;
  let visitor: BrowserContext;
  let page: Page;
  let answered: ReturnType<typeof watch>;

  beforeAll(async () => {
    sites = await startThreeSites();
    ({ url } = sites.shop);
  });
  afterAll(() => sites?.close());
  beforeEach(async () => {
    answered = watch(sites.shop);
    visitor = await sites.visitor();
    page = await visitor.newPage();
  });
  afterEach(() => visitor.close());

  async function cookieNames(): Promise<string[]> {
    return (await visitor.cookies()).map(({ name }) => name);
  }

  it('starts a login where every request does, but not at the login route: prefetch hints', async () => {
    await page.goto(`${url}/preloading/login/link`);
    const unprotected = await answered('/unprotected/login');
    const login = await answered('/auth/login');

    expect(unprotected).toMatchObject({ purpose: 'prefetch', setsCookie: true });
    expect(login).toMatchObject({ purpose: 'prefetch', status: 401, setsCookie: false });
    expect(await cookieNames()).toEqual(['unprotected-login']);
  });

  it('starts a login where every request does, but not at the login route: speculation rules', async () => {
    await page.goto(`${url}/preloading/login/rules`);
    const unprotected = await answered('/unprotected/login', /prerender/);
    const prerender = await answered('/auth/login?via=prerender', /prerender/);
    const prefetch = await answered('/auth/login?via=prefetch', /prefetch/);

    expect(unprotected).toMatchObject({ setsCookie: true });
    expect(prerender).toMatchObject({ status: 401, setsCookie: false });
    expect(prefetch).toMatchObject({ status: 401, setsCookie: false });
    expect(await cookieNames()).toEqual(['unprotected-login']);
  });

  it('starts no login for images, hints and rules of another site', async () => {
    const login = `${url}/auth/login`;
    const rules = JSON.stringify({
      prefetch: [{ source: 'list', eagerness: 'immediate', urls: [`${login}?via=rules`] }],
    });
    const hints = ['prefetch', 'prerender'].map(
      (rel) => `<link rel="${rel}" href="${login}?via=${rel}">`,
    );
    await page.goto(
      sites.attacker.publish(
        `<img src="${login}?via=img">${hints.join('')}<script type="speculationrules">${rules}</script>`,
      ),
    );

    for (const via of ['img', 'prefetch', 'rules']) {
      const request = await answered(`/auth/login?via=${via}`);
      expect(request).toMatchObject({ status: 401, setsCookie: false });
    }
    expect(await cookieNames()).toEqual([]);
  });

  it('still starts a login when the visitor goes there after all', async () => {
    await page.goto(`${url}/preloading/login/rules`);
    await answered('/auth/login?via=prerender', /prerender/);

    await page.goto(`${url}/auth/login?via=prerender`);

    await seeLoginPage(page);
    expect(await libraryCookies(visitor, 'transaction')).not.toEqual([]);
  });
});
