import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { UpbondConfigError } from '../errors/upbond-config-error.js';
import { resolveConfig } from './upbond-auth-config.js';
import type { UpbondAuthOptions } from './upbond-auth-options.js';

const SECRET = 'kY8vX2pQ7rT4mN9bL3cZ6wF1hJ5sD0gA+/uEiOxR';
const OTHER_SECRET = 'B7nM4kQ9xW2eR5tY8uI1oP6aS3dF0gHj/+LzXcVb';
const CLIENT_SECRET = 'q2W8e4R6t0Y1u3I5o7P9a-S_dFgHjKlZxCvBnM';

const GOOD: Readonly<Record<string, string>> = {
  UPBOND_CLIENT_ID: 'app-1',
  UPBOND_CLIENT_SECRET: CLIENT_SECRET,
  UPBOND_REDIRECT_URI: 'https://app.example.com/auth/callback',
  UPBOND_SESSION_SECRET: SECRET,
};

function resolve(options: object = {}, variables: Readonly<Record<string, unknown>> = {}) {
  const environment: Readonly<Record<string, unknown>> = { ...GOOD, ...variables };
  const read = (variable: string) => environment[variable];
  return resolveConfig('default', options as UpbondAuthOptions, read, true);
}

function problemsOf(options: object, variables: Readonly<Record<string, unknown>> = {}) {
  try {
    resolve(options, variables);
  } catch (error) {
    if (error instanceof UpbondConfigError) return error.problems;
    throw error;
  }
  return [];
}

/** The options that have a problem. */
function refused(options: object, variables: Readonly<Record<string, unknown>> = {}) {
  return problemsOf(options, variables).map(({ option }) => option);
}

describe('resolveConfig', () => {
  it('needs only the four required variables', () => {
    expect({ ...resolve() }).toEqual({
      name: 'default',
      variablePrefix: 'UPBOND_',
      domain: 'https://auth3.upbond.io',
      issuer: undefined,
      clientId: 'app-1',
      clientSecrets: [CLIENT_SECRET],
      clientAuthentication: 'client_secret_post',
      clientAssertionKeys: [],
      clientAssertionAudience: 'issuer',
      redirectUri: 'https://app.example.com/auth/callback',
      sessionSecrets: [SECRET],
      scope: ['openid', 'profile', 'email'],
      audience: undefined,
      audiences: [],
      apis: [],
      postLogoutRedirectUri: 'https://app.example.com/',
      endpoints: {
        authorizationEndpoint: undefined,
        tokenEndpoint: undefined,
        jwksUri: undefined,
        userinfoEndpoint: undefined,
        revocationEndpoint: undefined,
        introspectionEndpoint: undefined,
        logoutEndpoint: undefined,
      },
      accountId: undefined,
      idTokenSigningAlgorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      accessTokenAudiences: [],
      accessTokenSigningAlgorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      dangerouslyAcceptIdTokens: false,
      opaqueAccessTokens: 'refuse',
      opaqueAccessTokenCacheSeconds: 60,
      rolesClaim: ['roles'],
      permissionsClaim: ['permissions'],
      leewaySeconds: 60,
      deadlineSeconds: 5,
      transactionLifetimeSeconds: 600,
      sessionLifetimeSeconds: 604_800,
      sessionIdleSeconds: 86_400,
      sessionStore: undefined,
      sharedMemory: undefined,
      allowedOrigins: ['https://app.example.com'],
      allowedPostLogoutRedirectUris: ['https://app.example.com/'],
      responseMode: 'query',
      dangerouslyAllowMissingOrigin: false,
      routes: {
        login: '/auth/login',
        logout: '/auth/logout',
        backchannelLogout: '/auth/backchannel-logout',
        protectedResourceMetadata: '/.well-known/oauth-protected-resource',
      },
      publicBasePath: '',
      defaultReturnTo: '/',
      authorizationParameters: undefined,
      onLogin: undefined,
      loadUser: undefined,
      loadTokenUser: undefined,
      allowInsecureHttp: false,
      oauthOnly: false,
      secureCookies: true,
      cookieDigest: expect.stringMatching(/^[A-Za-z0-9_-]{6}$/),
    });
  });

  it('reads every variable', () => {
    const config = resolve(
      {},
      {
        UPBOND_DOMAIN: 'tenant.example.com',
        UPBOND_ISSUER: 'https://tenant.example.com/',
        UPBOND_SCOPE: 'profile  wallet profile',
        UPBOND_AUDIENCE: 'https://api.example.com',
        UPBOND_CLIENT_AUTHENTICATION: 'client_secret_basic',
        UPBOND_POST_LOGOUT_REDIRECT_URI: 'https://www.example.com/bye',
        UPBOND_AUTHORIZATION_ENDPOINT: 'https://e.example.com/a',
        UPBOND_TOKEN_ENDPOINT: 'https://e.example.com/t',
        UPBOND_JWKS_URI: 'https://e.example.com/j',
        UPBOND_USERINFO_ENDPOINT: 'https://e.example.com/u',
        UPBOND_LOGOUT_ENDPOINT: 'https://e.example.com/l',
        UPBOND_ACCOUNT_ID: '0a1b2c3d',
        UPBOND_ID_TOKEN_SIGNING_ALGORITHMS: 'ES256 RS256',
        UPBOND_LEEWAY_SECONDS: '0',
        UPBOND_DEADLINE_SECONDS: 10,
        UPBOND_TRANSACTION_LIFETIME_SECONDS: '60',
        UPBOND_SESSION_LIFETIME_SECONDS: '31536000',
        UPBOND_LOGIN_PATH: '/login/',
        UPBOND_LOGOUT_PATH: '/logout',
        UPBOND_PUBLIC_BASE_PATH: '/auth/',
        UPBOND_DEFAULT_RETURN_TO: '/auth/home?tab=1',
        UPBOND_ALLOW_INSECURE_HTTP: 'TRUE',
        UPBOND_DANGEROUSLY_ALLOW_OAUTH_ONLY: false,
      },
    );
    expect(config).toMatchObject({
      domain: 'https://tenant.example.com',
      issuer: 'https://tenant.example.com/',
      scope: ['openid', 'profile', 'wallet'],
      audience: 'https://api.example.com',
      clientAuthentication: 'client_secret_basic',
      postLogoutRedirectUri: 'https://www.example.com/bye',
      endpoints: {
        authorizationEndpoint: 'https://e.example.com/a',
        tokenEndpoint: 'https://e.example.com/t',
        jwksUri: 'https://e.example.com/j',
        userinfoEndpoint: 'https://e.example.com/u',
        logoutEndpoint: 'https://e.example.com/l',
      },
      accountId: '0a1b2c3d',
      idTokenSigningAlgorithms: ['ES256', 'RS256'],
      leewaySeconds: 0,
      deadlineSeconds: 10,
      transactionLifetimeSeconds: 60,
      sessionLifetimeSeconds: 31_536_000,
      routes: { login: '/login', logout: '/logout' },
      publicBasePath: '/auth',
      defaultReturnTo: '/auth/home?tab=1',
      allowInsecureHttp: true,
      oauthOnly: false,
    });
  });

  it('prefers options to the environment', () => {
    expect(resolve({ clientId: 'from-code' }).clientId).toBe('from-code');
    expect(resolve({ endpoints: {}, clientId: undefined }).clientId).toBe('app-1');
  });

  it('reads the variables of a named instance', () => {
    const read = (variable: string) => GOOD[variable.replace('UPBOND_ADMIN_EU_', 'UPBOND_')];
    const config = resolveConfig('admin-eu', {}, read, true);
    expect(config).toMatchObject({ name: 'admin-eu', variablePrefix: 'UPBOND_ADMIN_EU_' });
  });

  it('freezes the result but nothing of the application', () => {
    const sessionSecret = [SECRET, OTHER_SECRET];
    const authorizationParameters = { ui_locales: 'ja' };
    const onLogin = () => false as const;
    const config = resolve({ sessionSecret, authorizationParameters, onLogin });
    const inner = [config.sessionSecrets, config.scope, config.endpoints, config.routes];
    for (const part of [config, ...inner, config.authorizationParameters]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
    for (const part of [sessionSecret, authorizationParameters, onLogin]) {
      expect(Object.isFrozen(part)).toBe(false);
    }
  });

  it('does not print secrets', () => {
    const config = resolve();
    for (const text of [inspect(config), JSON.stringify(config), inspect({ config })]) {
      expect(text).not.toContain(SECRET);
      expect(text).not.toContain(CLIENT_SECRET);
    }
    expect(inspect(config)).toContain('app-1');
  });

  it('tells issuers and clients apart by the digest', () => {
    const digests = [
      resolve(),
      resolve({ clientId: 'app-2' }),
      resolve({ domain: 'other.example.com' }),
      resolve({ issuer: 'https://auth3.upbond.io/' }),
    ].map((config) => config.cookieDigest);
    expect(new Set(digests).size).toBe(4);
    expect(resolve({ issuer: 'https://auth3.upbond.io' }).cookieDigest).toBe(digests[0]);
  });
});

describe('client', () => {
  it.each([
    ['', ['clientId']],
    [' app', ['clientId']],
    ['"app"', ['clientId']],
    ['app\u0007', ['clientId']],
    ['äpp', ['clientId']],
    [7, ['clientId']],
    [null, ['clientId']],
    ['did:app 1~', []],
  ])('clientId %j', (clientId, problems) => {
    expect(refused({ clientId })).toEqual(problems);
  });

  it.each([
    [{ clientSecret: 'x '.repeat(4) }, ['clientSecret']],
    [{ clientSecret: `'${CLIENT_SECRET}'` }, ['clientSecret']],
    [{ clientSecret: 'line\nbreak' }, ['clientSecret']],
    [{ clientAuthentication: 'none' }, ['clientSecret']],
    [{ clientAuthentication: 'None' }, ['clientAuthentication']],
    [{ clientAuthentication: 'private_key_jwt' }, ['clientAssertionKeys']],
    [{ clientAuthentication: 'tls_client_auth' }, ['clientAuthentication']],
    [{ accountId: 'a\r\nx: y' }, ['accountId']],
    [{ audience: '' }, ['audience']],
  ])('%j', (options, problems) => {
    expect(refused(options)).toEqual(problems);
  });

  it('needs no secret for a public client', () => {
    const config = resolve({ clientAuthentication: 'none' }, { UPBOND_CLIENT_SECRET: ' ' });
    expect(config.clientSecrets).toEqual([]);
    expect(refused({}, { UPBOND_CLIENT_SECRET: undefined })).toEqual(['clientSecret']);
  });
});

describe('redirectUri', () => {
  it.each([
    'https://app.example.com/auth/callback',
    'https://app.example.com/auth/callback/',
    'https://app.example.com:8443/cb?tenant=a&x=%20',
    'http://localhost:3000/callback',
    'http://app.localhost:3000/callback',
    'http://127.0.0.5/callback',
    'http://[::1]:3000/callback',
  ])('keeps %s', (redirectUri) => {
    expect(resolve({ redirectUri }).redirectUri).toBe(redirectUri);
  });

  it.each([
    ['/auth/callback', 'absolute'],
    ['app.example.com/cb', 'absolute'],
    ['javascript:alert(1)', 'absolute'],
    ['https:app.example.com/cb', 'absolute'],
    ['https:///app.example.com/cb', 'absolute'],
    ['https://app.example.com:99999/cb', 'absolute'],
    ['https://app.example.com', 'no path'],
    ['https://app.example.com/', 'no path'],
    ['https://app.example.com/cb#', 'fragment'],
    ['https://u:hunter22@app.example.com/cb', 'user name or password'],
    ['https://@app.example.com/cb', 'user name or password'],
    ['https://{yourApp}/cb', 'placeholder'],
    ['http://app.example.com/cb', 'http for app.example.com'],
    ['http://localhost.example.com/cb', 'http for'],
    ['http://127.0.0.1.example.com/cb', 'http for'],
    ['http://0.0.0.0/cb', 'http for'],
    ['https://App.example.com/cb', 'not spelled'],
    ['HTTPS://app.example.com/cb', 'not spelled'],
    ['https://app.example.com:443/cb', 'not spelled'],
    ['https://app.example.com/x/../cb', 'not spelled'],
    ['https://app.example.com/c b', 'white space'],
    ['https://app.example.com/cb/:id', 'literally'],
    ['https://app.example.com/*', 'literally'],
    ['https://app.example.com//cb', 'literally'],
    ['https://app.example.com/cb?code=1', 'parameter code'],
    ['https://app.example.com/cb?a=1&iss=x', 'parameter iss'],
    ['https://app.example.com/auth/login', 'another route of the login'],
    ['https://app.example.com/Auth/Logout/', 'another route of the login'],
  ])('refuses %s', (redirectUri, reason) => {
    const [problem, ...others] = problemsOf({ redirectUri });
    expect(others).toEqual([]);
    expect(problem?.problem).toContain(reason);
    expect(problem?.problem).not.toContain('hunter22');
  });

  it('is http elsewhere only when that is spelled out', () => {
    const config = resolve(
      { redirectUri: 'http://intranet/cb', allowInsecureHttp: true },
      { UPBOND_DOMAIN: 'http://login:4400' },
    );
    expect(config.secureCookies).toBe(false);
    expect(config.postLogoutRedirectUri).toBe('http://intranet/');
  });

  it('is below the public base path', () => {
    const redirectUri = 'https://app.example.com/app/cb';
    expect(resolve({ redirectUri, publicBasePath: '/app' })).toMatchObject({
      defaultReturnTo: '/app/',
      postLogoutRedirectUri: 'https://app.example.com/app/',
    });
    expect(refused({ redirectUri, publicBasePath: '/ap' })).toEqual(['redirectUri']);
    const login = 'https://app.example.com/app/auth/login';
    expect(refused({ redirectUri: login, publicBasePath: '/app' })).toEqual(['redirectUri']);
  });
});

describe('domain and issuer', () => {
  it.each([
    ['auth3.upbond.io', 'https://auth3.upbond.io'],
    ['Auth3.Upbond.io/', 'https://auth3.upbond.io'],
    ['host.example.com:8443', 'https://host.example.com:8443'],
    ['https://host.example.com:443/', 'https://host.example.com'],
    ['https://host.example.com/tenant/', 'https://host.example.com/tenant'],
    ['http://localhost:4400', 'http://localhost:4400'],
    ['https://localhost:4400/', 'https://localhost:4400'],
  ])('domain %s', (domain, expected) => {
    expect(resolve({ domain }).domain).toBe(expected);
  });

  it.each([
    'localhost:4400',
    'http://auth3.upbond.io',
    'ftp://auth3.upbond.io',
    '//auth3.upbond.io',
    'https://{yourDomain}',
    '<your-domain>',
    'user@auth3.upbond.io',
    'https://auth3.upbond.io/?a=1',
    'https://auth3.upbond.io?',
    'https://auth3.upbond.io/#',
    'two words',
    '',
    5,
  ])('refuses the domain %j', (domain) => {
    expect(refused({ domain })).toEqual(['domain']);
  });

  it('tells how to write a domain on this machine', () => {
    expect(problemsOf({ domain: 'localhost:4400' })[0]?.fix).toContain('http://localhost:4400.');
  });

  it.each(['https://host', 'https://host/', 'https://Host:443/x/', 'http://localhost:4400'])(
    'keeps the issuer %s',
    (issuer) => {
      expect(resolve({ issuer }).issuer).toBe(issuer);
    },
  );

  it.each(['host', 'http://host.example.com', 'https://host/?', 'https://host/#', true])(
    'refuses the issuer %s',
    (issuer) => {
      expect(refused({ issuer })).toEqual(['issuer']);
    },
  );
});

describe('sessionSecret', () => {
  it('takes a list from text, newest first', () => {
    const variables = { UPBOND_SESSION_SECRET: ` ${OTHER_SECRET} , ${SECRET},` };
    expect(resolve({}, variables).sessionSecrets).toEqual([OTHER_SECRET, SECRET]);
  });

  it.each([
    ['an empty list', []],
    ['only commas', ' , ,'],
    ['a number', 12],
    ['a hole', [SECRET, undefined]],
    ['a duplicate', [SECRET, SECRET]],
    ['the client secret', CLIENT_SECRET],
    ['a weak older one', [SECRET, 'short']],
  ])('refuses %s', (_, sessionSecret) => {
    expect(refused({ sessionSecret })).toEqual(['sessionSecret']);
  });

  it('says which one of several is weak', () => {
    const [problem] = problemsOf({ sessionSecret: [SECRET, 'Kq7-short'] });
    expect(problem?.problem).toBe(
      'holds 2 secrets, and number 2 is 9 bytes long, but at least 32 are needed.',
    );
  });
});

describe('scope', () => {
  it.each([
    ['openid', ['openid']],
    ['  email\topenid ', ['email', 'openid']],
    [
      ['read:contacts', 'read:contacts'],
      ['openid', 'read:contacts'],
    ],
    [[], ['openid']],
  ])('%j', (scope, expected) => {
    expect(resolve({ scope }).scope).toEqual(expected);
  });

  it.each(['openid,profile', 'a"b', 'a\\b', 'é', 5, [5]])('refuses %j', (scope) => {
    expect(refused({ scope })).toEqual(['scope']);
  });
});

describe('OAuth without OpenID Connect', () => {
  const oauthOnly = { dangerouslyAllowOAuthOnly: true };
  const endpoints = { userinfoEndpoint: 'https://host/userinfo' };

  it('asks for no openid', () => {
    expect(resolve({ ...oauthOnly, endpoints })).toMatchObject({
      oauthOnly: true,
      scope: ['profile', 'email'],
    });
    expect(refused({ ...oauthOnly, endpoints, scope: 'openid a' })).toEqual(['scope']);
  });

  it('needs the user endpoint', () => {
    expect(refused(oauthOnly)).toEqual(['endpoints.userinfoEndpoint']);
  });
});

describe('idTokenSigningAlgorithms', () => {
  it.each([[['HS256']], ['RS256, ES256'], [['EdDSA', 'EdDSA']]])('accepts %j', (value) => {
    expect(refused({ idTokenSigningAlgorithms: value })).toEqual([]);
  });

  it.each([[[]], [['none']], [['RS256', 'none']], [['RS512']], [['HS256', 'RS256']], [[1]]])(
    'refuses %j',
    (idTokenSigningAlgorithms) => {
      expect(refused({ idTokenSigningAlgorithms })).toEqual(['idTokenSigningAlgorithms']);
    },
  );

  it('needs a long client secret for HS256', () => {
    const options = { idTokenSigningAlgorithms: ['HS256'], clientSecret: 'x7'.repeat(15) };
    expect(refused(options)).toEqual(['idTokenSigningAlgorithms']);
  });
});

describe('numbers and switches', () => {
  it.each([
    ['leewaySeconds', -1],
    ['leewaySeconds', 301],
    ['leewaySeconds', 1.5],
    ['leewaySeconds', Number.NaN],
    ['leewaySeconds', '60'],
    ['deadlineSeconds', 0],
    ['deadlineSeconds', 61],
    ['transactionLifetimeSeconds', 59],
    ['transactionLifetimeSeconds', 3601],
    ['sessionLifetimeSeconds', 59],
    ['sessionLifetimeSeconds', 31_536_001],
    ['allowInsecureHttp', 'true'],
    ['allowInsecureHttp', 1],
    ['dangerouslyAllowOAuthOnly', null],
  ])('refuses %s %j', (option, value) => {
    expect(refused({ [option]: value })).toEqual([option]);
  });

  it.each(['60s', ' 60', '6e1', '0x10', '-0', '+5', '١', {}, []])(
    'refuses the text %j',
    (value) => {
      expect(refused({}, { UPBOND_LEEWAY_SECONDS: value })).toEqual(['leewaySeconds']);
    },
  );

  it.each([
    ['1', true],
    ['True', true],
    ['0', false],
    ['FALSE', false],
    ['', false],
  ])('reads the switch %j as %s', (value, expected) => {
    const config = resolve({}, { UPBOND_ALLOW_INSECURE_HTTP: value });
    expect(config.allowInsecureHttp).toBe(expected);
  });

  it.each(['yes', 'on', '2', 'true '])('refuses the switch %j', (value) => {
    expect(refused({}, { UPBOND_ALLOW_INSECURE_HTTP: value })).toEqual(['allowInsecureHttp']);
  });
});

describe('paths', () => {
  it.each(['login', '/', '//x', '/a//b', '/a?b', '/a#b', '/:id', '/a*', '/a/../b', '/.', '/é', 5])(
    'refuses the login path %j',
    (login) => {
      expect(refused({ routes: { login } })).toEqual(['routes.login']);
    },
  );

  it('keeps login and logout apart', () => {
    expect(refused({ routes: { login: '/a', logout: '/A/' } })).toEqual(['routes.logout']);
  });

  it.each(['app', '//app', 'https://x', '/a?b', 7])(
    'refuses the base path %j',
    (publicBasePath) => {
      expect(refused({ publicBasePath })).toEqual(['publicBasePath']);
    },
  );

  it.each(['', '/'])('takes the base path %j for none', (publicBasePath) => {
    expect(resolve({ publicBasePath }).publicBasePath).toBe('');
  });

  it.each([
    'home',
    '//evil.example',
    '/\\evil.example',
    '/a b',
    '/é',
    'https://evil.example',
    `/${'a'.repeat(2000)}`,
    '/auth/login?again',
    '/auth/logout',
    '/auth/callback',
  ])('refuses the default page %s', (defaultReturnTo) => {
    expect(refused({ defaultReturnTo })).toEqual(['defaultReturnTo']);
  });
});

describe('authorizationParameters', () => {
  it.each([
    [{ ui_locales: 'ja', audience: 'x', scope: 'y' }, []],
    [() => ({}), []],
    [{ state: 'x', nonce: 'y' }, ['authorizationParameters']],
    [{ max_age: 5 }, ['authorizationParameters']],
    [[], ['authorizationParameters']],
    ['prompt=login', ['authorizationParameters']],
    [null, ['authorizationParameters']],
  ])('%j', (authorizationParameters, problems) => {
    expect(refused({ authorizationParameters })).toEqual(problems);
  });
});

describe('unknown options', () => {
  it.each([
    [{ clientID: 'x' }, 'did you mean clientId?'],
    [{ redirect_uri: 'x' }, 'did you mean redirectUri?'],
    [{ callbackURL: 'x' }, 'did you mean redirectUri?'],
    [{ authorizationParams: {} }, 'did you mean authorizationParameters?'],
    [{ endpoints: { tokenEndpont: 'x' } }, 'did you mean endpoints.tokenEndpoint?'],
    [
      { routes: { callback: '/x' } },
      'remove it, or use one of: login, logout, backchannelLogout, protectedResourceMetadata.',
    ],
  ])('%j: %s', (options, fix) => {
    expect(problemsOf(options)[0]?.fix).toBe(fix);
  });

  it.each([[{ endpoints: [] }], [{ routes: null }], [{ endpoints: 'x' }], [{ onLogin: {} }]])(
    'refuses %j',
    (options) => {
      expect(refused(options)).toEqual(Object.keys(options));
    },
  );
});
