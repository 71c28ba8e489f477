import type { BrowserContext, Cookie } from 'playwright-core';

/** What the library keeps cookies for, by the letter in their names. */
const KINDS = { transaction: 't', session: 's', tombstone: 'x' } as const;

/** The cookies of the library in a browser. */
export async function libraryCookies(
  visitor: BrowserContext,
  kind: keyof typeof KINDS,
): Promise<Cookie[]> {
  const name = new RegExp(`^(__Host-)?upbond-[\\w-]{6}-${KINDS[kind]}-`);
  return (await visitor.cookies()).filter((cookie) => name.test(cookie.name));
}

/** The generations of session cookies in a browser, oldest first. */
export async function generations(visitor: BrowserContext): Promise<string[]> {
  const found = (await libraryCookies(visitor, 'session')).map(
    ({ name }) => /-s-([0-9a-z]{15})-/.exec(name)?.[1] ?? name,
  );
  return [...new Set(found)].sort();
}
