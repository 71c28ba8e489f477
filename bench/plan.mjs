// @ts-check
// Who is compared with whom.

/**
 * How the requests of a case prove who sends them: by tokens that the benchmark signs, by cookies that
 * the contender mints in its own process, by cookies of real logins, or not at all.
 *
 * @typedef {'RS256' | 'ES256' | 'mint' | 'login' | 'nothing'} Credentials
 *
 * @typedef {object} Case
 * @property {string} group
 * @property {string} contender
 * @property {string} file below contenders/
 * @property {'express' | 'fastify'} platform
 * @property {Credentials} credentials
 * @property {'few' | 'many'} people few have been seen before, many are more than any cache holds
 * @property {'me' | 'login-start' | 'login'} work
 */

/** @typedef {[contender: string, file: string, credentials?: Credentials]} Row */

/** @type {Row[]} */
const BEARER = [
  ['ours', 'bearer/ours'],
  ['ceiling', 'bearer/ceiling'],
  ['jose', 'bearer/jose'],
  ['express-oauth2-jwt-bearer', 'bearer/express-oauth2-jwt-bearer'],
  ['passport-jwt + jwks-rsa', 'bearer/classic'],
  ['@5stones/nest-oidc', 'bearer/5stones-nest-oidc'],
  ['nest-keycloak-connect', 'bearer/nest-keycloak-connect'],
];

/** @type {Row[]} */
const SESSION = [
  ['ours, sealed cookie', 'session/ours-sealed'],
  ['ceiling', 'session/ceiling'],
  ['ours, Redis', 'session/ours-redis'],
  ['express-session + Redis', 'session/express-session-redis'],
  ['express-session + memory', 'session/express-session-memory'],
  ['express-openid-connect', 'session/express-openid-connect', 'login'],
  ['iron-session', 'session/iron-session'],
];

/** @type {Row[]} */
const LOGIN_START = [
  ['ours', 'session/ours-sealed'],
  ['ceiling', 'login/ceiling'],
  ['passport-oauth2', 'login/passport-oauth2'],
  ['passport-oauth2 with PKCE', 'login/passport-oauth2-pkce'],
  ['passport-auth0', 'login/passport-auth0'],
  ['openid-client passport', 'login/openid-client'],
  ['express-openid-connect', 'session/express-openid-connect'],
];

/** @type {Row[]} */
const LOGIN = [
  ['ours', 'session/ours-sealed'],
  ['ours, Redis', 'session/ours-redis'],
  ['ceiling', 'login/ceiling'],
  ['passport-auth0', 'login/passport-auth0'],
  ['openid-client passport', 'login/openid-client'],
  ['express-openid-connect', 'session/express-openid-connect'],
];

const NEEDS_EXPRESS = 'its middleware or strategy needs the response of Express';

/** Why a contender is not among the cases of a platform. @type {Record<string, string>} */
const NOT_ON_FASTIFY = {
  'bearer/express-oauth2-jwt-bearer': '500 to every request: `Invalid Host header`',
  'session/express-session-redis': NEEDS_EXPRESS,
  'session/express-session-memory': NEEDS_EXPRESS,
  'session/express-openid-connect': NEEDS_EXPRESS,
  'login/passport-oauth2': NEEDS_EXPRESS,
  'login/passport-oauth2-pkce': NEEDS_EXPRESS,
  'login/passport-auth0': NEEDS_EXPRESS,
  'login/openid-client': NEEDS_EXPRESS,
};

/** @type {{ contender: string, where: string, why: string }[]} */
export const NOT_RUNNING = Object.entries(NOT_ON_FASTIFY).map(([contender, why]) => ({
  contender,
  where: 'Fastify',
  why,
}));

/** They start every contender, and check it in every way. */
export const SMOKE_GROUPS = ['bearer', 'session', 'login'];

const CACHING = new Set(['ours', 'ours, sealed cookie', 'ours, Redis', 'ceiling', 'jose']);

/**
 * @param {string} group
 * @param {Row[]} rows
 * @param {Pick<Case, 'credentials' | 'people' | 'work'>} usual
 * @param {Case['platform'][]} [platforms]
 * @returns {Case[]}
 */
function cases(group, rows, usual, platforms = ['express', 'fastify']) {
  return platforms.flatMap((platform) =>
    rows
      .filter(([, file]) => platform === 'express' || !(file in NOT_ON_FASTIFY))
      .map(([contender, file, credentials = usual.credentials]) => ({
        ...usual,
        group,
        contender,
        file,
        platform,
        credentials,
      })),
  );
}

const caching = (/** @type {Row[]} */ rows) => rows.filter(([contender]) => CACHING.has(contender));

/** @type {Case[]} */
export const CASES = [
  ...cases('bearer', BEARER, { credentials: 'RS256', people: 'few', work: 'me' }),
  ...cases('bearer-first', caching(BEARER), { credentials: 'RS256', people: 'many', work: 'me' }, [
    'express',
  ]),
  ...cases(
    'bearer-first-es256',
    caching(BEARER),
    { credentials: 'ES256', people: 'many', work: 'me' },
    ['express'],
  ),
  ...cases('session', SESSION, { credentials: 'mint', people: 'few', work: 'me' }),
  ...cases('session-first', caching(SESSION), { credentials: 'mint', people: 'many', work: 'me' }, [
    'express',
  ]),
  ...cases('login-start', LOGIN_START, {
    credentials: 'nothing',
    people: 'few',
    work: 'login-start',
  }),
  ...cases('login', LOGIN, { credentials: 'nothing', people: 'few', work: 'login' }),
];
