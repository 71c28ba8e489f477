import type { BrowserContext, Page } from 'playwright-core';
import { autoNavigate, autoSubmit } from './sites/attacker.js';
import { seeHeading, signIn } from './sites/people.js';
import { startThreeSites, type ThreeSites } from './sites/three-sites.js';
import { watch } from './sites/watch.js';

describe('a logout that nobody asked for', () => {
  let sites: ThreeSites;
  let url: string;
  let visitor: BrowserContext;
  let page: Page;
  let answered: ReturnType<typeof watch>;

  let signedIn: Awaited<ReturnType<BrowserContext['storageState']>>;

  beforeAll(async () => {
    sites = await startThreeSites();
    ({ url } = sites.shop);
    const first = await sites.visitor();
    const start = await first.newPage();
    await start.goto(`${url}/profile`);
    await signIn(start, `${url}/profile`);
    await start.goto(`${url}/unprotected/sign-in/Hanako`);
    signedIn = await first.storageState();
    await first.close();
  });
  afterAll(() => sites?.close());
  beforeEach(async () => {
    visitor = await sites.visitor(signedIn);
    page = await visitor.newPage();
    answered = watch(sites.shop);
  });
  afterEach(() => visitor.close());

  /** The visitor is signed out where every request does that, and signed in at the library. */
  async function onlyTheNaiveSessionEnded(): Promise<void> {
    await page.goto(`${url}/unprotected/account`);
    await seeHeading(page, 'Signed in as nobody');
    await stillSignedIn();
  }

  async function stillSignedIn(): Promise<void> {
    await page.goto(`${url}/profile`);
    await seeHeading(page, 'Hanako Yamada');
  }

  /** A page that makes the browser ask for the logout route and for the naive one. */
  function embedding(): string {
    const image = (path: string) => `<img src="${url}${path}">`;
    const hint = `<link rel="prefetch" href="${url}/auth/logout?via=hint">`;
    const frame = `<iframe src="${url}/auth/logout?via=iframe"></iframe>`;
    return `${image('/auth/logout?via=img')}${image('/unprotected/sign-out')}${hint}${frame}`;
  }

  async function expectNoLogout(via: readonly string[], site: string): Promise<void> {
    for (const way of via) {
      const logout = await answered(`/auth/logout?via=${way}`);
      expect(logout).toMatchObject({ site, setsCookie: false });
    }
  }

  describe('on a page of the application', () => {
    it('ends a session where every request does, but not at the logout route: prefetch hints', async () => {
      await page.goto(`${url}/preloading/logout/link`);
      await answered('/unprotected/sign-out', /prefetch/);
      const logout = await answered('/auth/logout', /prefetch/);

      expect(logout).toMatchObject({ site: 'same-origin', setsCookie: false });
      await onlyTheNaiveSessionEnded();
    });

    it('ends a session where every request does, but not at the logout route: speculation rules', async () => {
      await page.goto(`${url}/preloading/logout/rules`);
      await answered('/unprotected/sign-out', /prerender/);
      const prerender = await answered('/auth/logout?via=prerender', /prerender/);
      const prefetch = await answered('/auth/logout?via=prefetch', /prefetch/);

      // Chromium says of neither which page asked for it: `Sec-Fetch-Site: none`
      expect(prerender).toMatchObject({ setsCookie: false });
      expect(prefetch).toMatchObject({ setsCookie: false });
      await onlyTheNaiveSessionEnded();
    });

    it('leaves a button to whoever clicks on a link that was prerendered', async () => {
      await page.goto(`${url}/preloading/logout/rules`);
      await answered('/auth/logout?via=prerender', /prerender/);
      await page.getByRole('link', { name: 'Go there' }).click();

      await seeHeading(page, 'Sign out?');
      await stillSignedIn();
    });

    it('ends a session where every request does, but not at the logout route: images and frames', async () => {
      await page.goto(`${url}/preloading/logout/embedded`);
      await answered('/unprotected/sign-out');

      await expectNoLogout(['img', 'iframe'], 'same-origin');
      await onlyTheNaiveSessionEnded();
    });
  });

  it('ends a session where every request does, but not at the logout route: embedded on a host of the same site', async () => {
    await page.goto(sites.attacker.publishOnSibling(embedding()));
    await answered('/unprotected/sign-out');

    await expectNoLogout(['img', 'hint', 'iframe'], 'same-site');
    await onlyTheNaiveSessionEnded();
  });

  it('is not even possible by what another site embeds, which this browser sends without cookies', async () => {
    const image = page.waitForRequest(`${url}/unprotected/sign-out`);
    await page.goto(sites.attacker.publish(embedding()));

    expect((await (await image).allHeaders()).cookie).toBeUndefined();
    await expectNoLogout(['img', 'hint', 'iframe'], 'cross-site');
    await page.goto(`${url}/unprotected/account`);
    await seeHeading(page, 'Signed in as Hanako');
    await stillSignedIn();
  });

  describe.each([
    ['another site', 'publish', 'cross-site'],
    ['a host of the same site', 'publishOnSibling', 'same-site'],
  ] as const)('on a page of %s', (_place, method, site) => {
    const publish = (body: string) => sites.attacker[method](body);

    it('ends a session where every request does, but asks at the logout route: a link', async () => {
      const link = (path: string) => publish(`<a href="${url}${path}">You have won</a>`);
      for (const path of ['/unprotected/sign-out', '/auth/logout']) {
        await page.goto(link(path));
        await page.getByRole('link', { name: 'You have won' }).click();
        await page.waitForURL(`${url}${path}`);
      }

      await seeHeading(page, 'Sign out?');
      expect(await answered('/auth/logout')).toMatchObject({ site, setsCookie: false });
      await onlyTheNaiveSessionEnded();
    });

    it('ends a session where every request does, but asks at the logout route: a script', async () => {
      await page.goto(publish(autoNavigate(`${url}/unprotected/sign-out`)));
      await answered('/unprotected/sign-out');
      await page.goto(publish(autoNavigate(`${url}/auth/logout`)));

      await seeHeading(page, 'Sign out?');
      await onlyTheNaiveSessionEnded();
    });

    it('ends a session where every request does, but is refused at the logout route: a form', async () => {
      await page.goto(publish(autoSubmit(`${url}/unprotected/sign-out`)));
      await answered('/unprotected/sign-out');
      await page.goto(publish(autoSubmit(`${url}/auth/logout`)));

      expect(await answered('/auth/logout')).toMatchObject({ site, status: 403 });
      await onlyTheNaiveSessionEnded();
    });
  });
});
