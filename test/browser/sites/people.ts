import type { Page } from 'playwright-core';

/** On the login page: choose somebody. */
export async function choose(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click();
}

/** On the consent page: agree. */
export async function allow(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Allow' }).click();
}

/** On the login page: sign in and agree, and wait for a page of the application. */
export async function signIn(page: Page, landing: string, name = 'Hanako Yamada'): Promise<void> {
  await choose(page, name);
  await allow(page);
  await page.waitForURL(landing);
}

/** Waits for the login page of the authorization server. */
export async function seeLoginPage(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'Who would you like to be?' }).waitFor();
}

export async function seeHeading(page: Page, name: string): Promise<void> {
  await page.getByRole('heading', { name, exact: true, level: 1 }).waitFor();
}

/**
 * Remembers a place in the history, and answers the way back to it: the back button, pressed as often
 * as needed. Pages out of the back-forward cache are not loaded again, so there is no load to wait for.
 */
export async function rememberPlace(page: Page): Promise<() => Promise<void>> {
  const place = await page.evaluate<number>('history.length');
  return async () => {
    const shown = page.waitForEvent('framenavigated');
    // Later, for what goes away in the middle of a call leaves it without an answer
    await page.evaluate(`void setTimeout(() => history.go(${place} - history.length))`);
    await shown;
  };
}

/** Stops the first request to a URL before it leaves the browser, redirects included, and answers its URL. */
export async function withhold(page: Page, urlPattern: string): Promise<string> {
  return (await withheldRequest(page, urlPattern)).url;
}

/** The same for a form that is posted; answers its fields. */
export async function withholdForm(page: Page, url: string): Promise<Record<string, string>> {
  const { postData } = await withheldRequest(page, url);
  return Object.fromEntries(new URLSearchParams(postData));
}

async function withheldRequest(page: Page, urlPattern: string) {
  const devtools = await page.context().newCDPSession(page);
  const paused = new Promise<{ url: string; postData?: string }>((resolve) => {
    devtools.once('Fetch.requestPaused', ({ requestId, request }) => {
      const stopped = devtools.send('Fetch.failRequest', { requestId, errorReason: 'Aborted' });
      void stopped.then(() => resolve(request));
    });
  });
  await devtools.send('Fetch.enable', { patterns: [{ urlPattern }] });
  return paused;
}
