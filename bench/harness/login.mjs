// @ts-check
// Walks logins as a browser does, without visiting the authorization server.
import { cookiesAfter, drive, get, locationOf } from './load.mjs';

/** What a browser sends when somebody goes to a page. */
export const BROWSER = {
  accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8',
  'sec-fetch-site': 'none',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
};

/** @typedef {{ cookie: string, parameters: URLSearchParams }} Started */

/**
 * @param {number} port
 * @param {string} path of the login route
 * @param {{ issuer: string, count: number, connections?: number }} what
 * @returns {Promise<Started[]>}
 */
export async function startLogins(port, path, { issuer, count, connections = 16 }) {
  /** @type {Started[]} */
  const started = [];
  const request = get(path, BROWSER);
  await drive({
    port,
    connections,
    requests: count,
    request: () => request,
    verify({ status, head }, index) {
      const location = locationOf(head);
      const parameters = new URL(location, issuer).searchParams;
      started[index] = { cookie: cookiesAfter(head), parameters };
      return status === 302 && location.startsWith(`${issuer}/authorize?`);
    },
  });
  return started;
}

/**
 * Brings the code of somebody to the callback; the Cookie headers that follow.
 *
 * @param {number} port
 * @param {string} path of the callback
 * @param {Started[]} started
 * @param {{ issuer: string, isForged?: boolean, isRefused?: boolean }} what
 * @returns {Promise<string[]>}
 */
export async function finishLogins(port, path, started, { issuer, isForged, isRefused = false }) {
  /** @type {string[]} */
  const cookies = [];
  const requests = started.map(({ cookie, parameters }, index) => {
    const nonce = parameters.get('nonce') ?? undefined;
    const code = { nonce, iss: issuer, index, isForged };
    const state = parameters.get('state');
    const query = new URLSearchParams({
      code: Buffer.from(JSON.stringify(code)).toString('base64url'),
      ...(state !== null && { state }),
    });
    const from = { ...BROWSER, 'sec-fetch-site': 'cross-site', cookie };
    return get(`${path}?${query}`, from);
  });
  await drive({
    port,
    requests: requests.length,
    request: (index) => requests[index] ?? '',
    verify({ status, head }, index) {
      cookies[index] = cookiesAfter(head, started[index]?.cookie);
      return isRefused || status === 302 || status === 303;
    },
  });
  return cookies;
}
