// @ts-check
// What all of our own applications share.
import { CLIENT_ID, CLIENT_SECRET, COOKIE_SECRET } from '../harness/credentials.mjs';
import { internal } from '../harness/library.mjs';

const { newSession } = await internal('session/new-session.js');
const { SESSIONS } = await internal('session/sessions.provider.js');
const { UPBOND_AUTH_CONFIG } = await internal('options/config.provider.js');
const { TokenSet } = await internal('tokens/token-set.js');

export const OUR_ROUTES = { login: '/auth/login', callback: '/auth/callback' };

/**
 * @param {import('../harness/contender.mjs').Settings} settings
 * @returns {import('nestjs-upbond-auth').UpbondAuthOptions}
 */
export const ourOptions = ({ issuer, url }) => ({
  domain: new URL(issuer).origin,
  issuer,
  clientId: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  redirectUri: `${url}${OUR_ROUTES.callback}`,
  sessionSecret: COOKIE_SECRET,
});

/**
 * Sessions as the end of a login makes them, without the login.
 *
 * @param {import('@nestjs/common').INestApplication} app
 * @param {import('../harness/contender.mjs').Person[]} people
 */
export async function mintOurs(app, people) {
  const sessions = app.get(SESSIONS, { strict: false });
  const config = app.get(UPBOND_AUTH_CONFIG, { strict: false });
  const minted = [];
  for (const { sub, profile, tokens } of people) {
    const exchange = new CookieRecorder();
    const tokenSet = new TokenSet(tokens);
    const origin = { claims: { ...profile, sub }, user: { ...profile, sub }, tokenSet };
    await sessions.begin(exchange, newSession(origin, Date.now() / 1000, config));
    minted.push(exchange.pairs.join('; '));
  }
  return minted;
}

/** An exchange of which only the cookies matter. */
class CookieRecorder {
  /** @type {string[]} */
  pairs = [];
  cookies = new Map();
  headers = { 'user-agent': 'bench' };
  isWritable = true;
  /** @type {string[]} */
  cookiesSet = [];

  /** @param {string} name @param {string} value */
  setCookie(name, value) {
    this.pairs.push(`${name}=${value}`);
  }

  deleteCookie() {}
}
