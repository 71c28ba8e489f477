import type { SessionStore } from 'nestjs-upbond-auth';
import type { BrowserContext, Cookie, Page } from 'playwright-core';
import { libraryCookies } from './sites/cookies.js';
import { HOSTS } from './sites/hosts.js';
import { MemorySessionStore } from './sites/memory-session-store.js';
import { seeHeading, seeLoginPage, signIn } from './sites/people.js';
import { startThreeSites, type ThreeSites } from './sites/three-sites.js';
import { watch } from './sites/watch.js';

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

/** What the browser says of every cookie of ours over https. */
const ATTRIBUTES = {
  domain: HOSTS.shop,
  path: '/',
  httpOnly: true,
  secure: true,
  sameSite: 'Lax',
} as const;

/** Where a session is kept, for how long its cookie lasts, and whether using it renews the cookie. */
const MODES: [
  mode: string,
  sessionStore: SessionStore | undefined,
  lasts: number,
  isRolled: boolean,
][] = [
  ['sealed', undefined, DAY, true],
  ['kept in a store', new MemorySessionStore(), 7 * DAY, false],
];

describe.each(MODES)('the cookies of a session that is %s', (_mode, store, lasts, isRolled) => {
  let sites: ThreeSites;
  let url: string;
  let visitor: BrowserContext;
  let page: Page;
  let ahead: number;

  beforeAll(async () => {
    sites = await startThreeSites({
      clock: () => Date.now() / 1000 + ahead,
      options: store ? { sessionStore: store } : {},
    });
    ({ url } = sites.shop);
  });
  afterAll(() => sites?.close());
  beforeEach(async () => {
    ahead = 0;
    visitor = await sites.visitor();
    page = await visitor.newPage();
    await page.goto(`${url}/profile`);
  });
  afterEach(() => visitor.close());

  /** In how many seconds the browser will forget a cookie. */
  function secondsLeft({ expires }: Cookie): number {
    return expires - Date.now() / 1000;
  }

  it('are one for a login that has started, kept for ten minutes', async () => {
    await seeLoginPage(page);
    const cookies = await visitor.cookies(url);

    expect(cookies).toMatchObject([ATTRIBUTES]);
    expect(cookies[0]!.name).toMatch(/^__Host-upbond-[\w-]{6}-t-[\w-]+$/);
    expect(secondsLeft(cookies[0]!)).toBeGreaterThan(9 * MINUTE);
    expect(secondsLeft(cookies[0]!)).toBeLessThanOrEqual(10 * MINUTE);
  });

  it('are one for the session, which no script and no other host can read', async () => {
    await signIn(page, `${url}/profile`);
    const cookies = await visitor.cookies(url);

    expect(cookies).toMatchObject([ATTRIBUTES]);
    expect(cookies[0]!.name).toMatch(/^__Host-upbond-[\w-]{6}-s-[0-9a-z]{9}[0-9a-f]{6}-0\.1$/);
    expect(cookies[0]!.value).not.toMatch(/hanako/i);
    expect(secondsLeft(cookies[0]!)).toBeGreaterThan(lasts - MINUTE);
    expect(secondsLeft(cookies[0]!)).toBeLessThanOrEqual(lasts);
    expect(await page.evaluate('document.cookie')).toBe('');
    expect(await visitor.cookies(`https://${HOSTS.sibling}`)).toEqual([]);
  });

  it('are not set again by an ordinary request', async () => {
    await signIn(page, `${url}/profile`);
    const answered = watch(sites.shop);
    await page.goto(`${url}/orders/1`);

    expect(await answered('/orders/1')).toMatchObject({ status: 200, setsCookie: false });
  });

  it(`are ${isRolled ? '' : 'not '}replaced when a tenth of the idle time has passed`, async () => {
    await signIn(page, `${url}/profile`);
    const before = await visitor.cookies(url);
    ahead = DAY / 10 + MINUTE;
    await page.goto(`${url}/profile`);
    await seeHeading(page, 'Hanako Yamada');
    const after = await visitor.cookies(url);

    expect(after).toMatchObject([ATTRIBUTES]);
    expect(after[0]!.name !== before[0]!.name).toBe(isRolled);
    expect(after[0]!.expires > before[0]!.expires).toBe(isRolled);
  });

  it('are after the logout only a tombstone, kept as long as a late cookie could be', async () => {
    await signIn(page, `${url}/profile`);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.waitForURL(`${url}/`);
    const cookies = await visitor.cookies(url);

    expect(cookies).toMatchObject([{ ...ATTRIBUTES, value: '1' }]);
    expect(cookies).toEqual(await libraryCookies(visitor, 'tombstone'));
    expect(secondsLeft(cookies[0]!)).toBeGreaterThan(23 * 60 * MINUTE);
    expect(secondsLeft(cookies[0]!)).toBeLessThanOrEqual(24 * 60 * MINUTE);
  });
});
