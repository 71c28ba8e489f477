import type { BrowserContext, Cookie } from 'playwright-core';
import { isCookie, type CookieKind } from '../../support/library-cookies.js';

/** The cookies of the library in a browser. */
export async function libraryCookies(visitor: BrowserContext, kind: CookieKind): Promise<Cookie[]> {
  return (await visitor.cookies()).filter(({ name }) => isCookie(kind, name));
}

/** The generations of session cookies in a browser, oldest first. */
export async function generations(visitor: BrowserContext): Promise<string[]> {
  const found = (await libraryCookies(visitor, 'session')).map(
    ({ name }) => /-s-([0-9a-z]{15})-/.exec(name)?.[1] ?? name,
  );
  return [...new Set(found)].sort();
}
