import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UpbondConfigError } from '../errors/upbond-config-error.js';
import { OPTION_PATHS } from './environment.js';
import { resolveConfig } from './upbond-auth-config.js';
import type { UpbondAuthOptions } from './upbond-auth-options.js';

const GOOD = {
  UPBOND_CLIENT_ID: 'app-1',
  UPBOND_CLIENT_SECRET: 'q2W8e4R6t0Y1u3I5o7P9a-S_dFgHjKlZxCvBnM',
  UPBOND_REDIRECT_URI: 'https://app.example.com/auth/callback',
  UPBOND_SESSION_SECRET: 'kY8vX2pQ7rT4mN9bL3cZ6wF1hJ5sD0gA+/uEiOxR',
};

interface Mistake {
  readonly name?: string;
  readonly options?: object;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly configModuleIsPresent?: boolean;
}

function messageOf({ name = 'default', options = {}, variables = {}, ...rest }: Mistake): string {
  const read = (variable: string) => variables[variable];
  const { configModuleIsPresent = true } = rest;
  try {
    resolveConfig(name, options as UpbondAuthOptions, read, configModuleIsPresent);
  } catch (error) {
    if (error instanceof UpbondConfigError) return `${error.message}\n`;
    throw error;
  }
  return '';
}

const MISTAKES: Readonly<Record<string, Mistake>> = {
  'nothing-set-without-config-module': { configModuleIsPresent: false },
  'nothing-set-with-config-module': {},
  'placeholder-secret': { variables: { ...GOOD, UPBOND_SESSION_SECRET: 'change-me' } },
  'http-on-a-public-host': {
    variables: { ...GOOD, UPBOND_REDIRECT_URI: 'http://shop.example.com/auth/callback' },
  },
  'misspelt-option': {
    options: { clientID: 'app-1', routes: { callback: '/cb' }, cookieName: 'sid' },
    variables: { ...GOOD, UPBOND_CLIENT_ID: undefined },
  },
  'contradictory-client-authentication': {
    options: { clientAuthentication: 'none' },
    variables: GOOD,
  },
  'named-instance': { name: 'admin', variables: GOOD },
  'value-in-code': { options: { redirectUri: '/auth/callback' }, variables: GOOD },
  'copied-from-a-template': {
    variables: {
      UPBOND_CLIENT_ID: '"app-1"',
      UPBOND_CLIENT_SECRET: 'secret-with-a-space ',
      UPBOND_REDIRECT_URI: 'https://App.example.com:443/auth/callback',
      UPBOND_SESSION_SECRET: 'your-session-secret,12345678901234567890123456789012',
      UPBOND_DOMAIN: 'https://{yourDomain}',
      UPBOND_SCOPE: 'openid,profile,email',
    },
  },
  'everything-wrong': {
    options: {
      clientSecret: 42,
      endpoints: { tokenEndpoint: '/oauth/token', tokenUrl: 'https://x' },
      idTokenSigningAlgorithms: ['none', 'RS256'],
      authorizationParameters: { state: 'fixed', max_age: 5 },
      onLogin: 'save',
      loadUser: {},
      loadTokenUser: 'load',
      accessTokenSigningAlgorithms: ['HS256'],
      rolesClaim: [],
      permissionsClaim: 7,
      routes: { login: '/auth/:provider', logout: 'logout' },
    },
    variables: {
      UPBOND_REDIRECT_URI: 'https://app.example.com',
      UPBOND_SESSION_SECRET: 'Kq7-short',
      UPBOND_DOMAIN: 'localhost:4400',
      UPBOND_ISSUER: 'auth3.upbond.io',
      UPBOND_SCOPE: 'openid "profile"',
      UPBOND_AUDIENCE: "'https://api.example.com'",
      UPBOND_CLIENT_AUTHENTICATION: 'client_secret_jwt',
      UPBOND_POST_LOGOUT_REDIRECT_URI: 'http://app.example.com/',
      UPBOND_ACCOUNT_ID: 'café',
      UPBOND_DANGEROUSLY_ACCEPT_ID_TOKENS: 'sometimes',
      UPBOND_PROTECTED_RESOURCE_METADATA_PATH: 'metadata',
      UPBOND_OPAQUE_ACCESS_TOKENS: 'userinfo',
      UPBOND_OPAQUE_ACCESS_TOKEN_CACHE_SECONDS: '1h',
      UPBOND_LEEWAY_SECONDS: '5m',
      UPBOND_DEADLINE_SECONDS: '600',
      UPBOND_TRANSACTION_LIFETIME_SECONDS: '1',
      UPBOND_SESSION_LIFETIME_SECONDS: 'forever',
      UPBOND_PUBLIC_BASE_PATH: 'app',
      UPBOND_DEFAULT_RETURN_TO: 'https://app.example.com/home',
      UPBOND_ALLOW_INSECURE_HTTP: 'no',
      UPBOND_DANGEROUSLY_ALLOW_OAUTH_ONLY: 'true',
    },
  },
};

describe('the message of a wrong configuration', () => {
  it.each(Object.keys(MISTAKES))('%s', async (title) => {
    await expect(messageOf(MISTAKES[title] ?? {})).toMatchFileSnapshot(`./golden/${title}.txt`);
  });

  it('blames neither .env nor ConfigModule when a variable was found', () => {
    const variables = { UPBOND_CLIENT_ID: 'app-1' };
    expect(messageOf({ variables, configModuleIsPresent: false })).not.toContain('ConfigModule');
  });
});

describe('any configuration at all', () => {
  const MARK = 'sEcReT~';
  const secret = fc.string({ maxLength: 60, unit: 'binary' }).map((rest) => `${MARK}${rest}`);
  const suffixed = fc.oneof(
    secret,
    secret.map((text) => ` "${text}",${text}`),
    fc.array(secret),
  );
  const anything = fc.oneof(
    fc.anything(),
    fc.string({ unit: 'binary' }),
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
    fc.constantFrom('none', 'true', '/', '/app', '60', 'HS256', 'openid', 'https://a:b@c/d'),
  );
  const names = OPTION_PATHS.filter((path) => !path.includes('.'));
  const optionsRecord = fc
    .record(Object.fromEntries([...names, 'endpoints', 'routes'].map((path) => [path, anything])), {
      requiredKeys: [],
    })
    .chain((known) => fc.dictionary(fc.string(), anything).map((more) => ({ ...more, ...known })));
  const options = fc.oneof(
    { weight: 9, arbitrary: optionsRecord },
    { weight: 1, arbitrary: anything },
  );

  it('resolves or is refused with UpbondConfigError, and the message never holds a secret', () => {
    fc.assert(
      fc.property(
        options,
        anything,
        suffixed,
        suffixed,
        fc.boolean(),
        (given, value, a, b, own) => {
          const secrets = { clientSecret: a, sessionSecret: b };
          const isObject = typeof given === 'object' && given !== null && !Array.isArray(given);
          const variables = { UPBOND_CLIENT_SECRET: a, UPBOND_SESSION_SECRET: b };
          const message = messageFor(
            own && isObject ? { ...given, ...secrets } : given,
            (variable) =>
              Object.hasOwn(variables, variable)
                ? variables[variable as keyof typeof variables]
                : value,
          );
          expect(message).not.toContain(MARK);
        },
      ),
      { numRuns: 500 },
    );
  }, 30_000);

  function messageFor(given: unknown, read: (variable: string) => unknown): string {
    try {
      resolveConfig('default', given as UpbondAuthOptions, read, false);
      return '';
    } catch (error) {
      if (error instanceof UpbondConfigError) return error.message + JSON.stringify(error.problems);
      throw error;
    }
  }
});
