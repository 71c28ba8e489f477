import { describe, expect, it } from 'vitest';
import { UpbondConfigError } from '../errors/upbond-config-error.js';
import { resolveConfig, type UpbondAuthConfig } from './upbond-auth-config.js';
import type { UpbondAuthOptions } from './upbond-auth-options.js';

const GOOD = {
  clientId: 'app-1',
  clientSecret: 'q2W8e4R6t0Y1u3I5o7P9a-S_dFgHjKlZxCvBnM',
  redirectUri: 'https://app.example.com/auth/callback',
  sessionSecret: 'kY8vX2pQ7rT4mN9bL3cZ6wF1hJ5sD0gA+/uEiOxR',
};
const API = 'https://api.example.com';

type Variables = Readonly<Record<string, string>>;

function resolve(options: object, variables: Variables = {}, name = 'default'): UpbondAuthConfig {
  const given = { ...GOOD, ...options } as UpbondAuthOptions;
  return resolveConfig(name, given, (variable) => variables[variable], true);
}

function refused(options: object, variables: Variables = {}): string[] {
  try {
    resolve(options, variables);
  } catch (error) {
    if (!(error instanceof UpbondConfigError)) throw error;
    return error.problems.map(({ option, problem }) => `${option} ${problem}`);
  }
  return [];
}

describe('accessTokenAudiences', () => {
  it.each<[string, object, Variables, string[]]>([
    ['nothing configured: off', {}, {}, []],
    ['off although an audience is requested', { audience: API }, {}, []],
    ['several', { accessTokenAudiences: [API, 'urn:api'] }, {}, [API, 'urn:api']],
    ['text from the environment', {}, { UPBOND_ACCESS_TOKEN_AUDIENCES: `${API} b` }, [API, 'b']],
  ])('%s', (_, options, variables, expected) => {
    expect(resolve(options, variables).accessTokenAudiences).toEqual(expected);
  });

  it('refuses the client id, which is the audience of ID tokens', () => {
    expect(refused({ accessTokenAudiences: [API, 'app-1'] })).toEqual([
      expect.stringMatching(/^accessTokenAudiences contains the client id/),
    ]);
  });

  it.each([[[1]], [{}], [true]])('refuses %j', (accessTokenAudiences) => {
    expect(refused({ accessTokenAudiences })).toHaveLength(1);
  });
});

describe('accessTokenSigningAlgorithms', () => {
  it('are all that public keys can verify', () => {
    const { accessTokenSigningAlgorithms } = resolve({});
    expect(accessTokenSigningAlgorithms).toEqual(['RS256', 'PS256', 'ES256', 'EdDSA']);
    const variables = { UPBOND_ACCESS_TOKEN_SIGNING_ALGORITHMS: 'ES256 EdDSA' };
    expect(resolve({}, variables).accessTokenSigningAlgorithms).toEqual(['ES256', 'EdDSA']);
  });

  it.each([[['HS256']], [['none']], [['RS256', 'HS256']], [[]], [['rs256']], [7]])(
    'refuses %j',
    (accessTokenSigningAlgorithms) => {
      expect(refused({ accessTokenSigningAlgorithms })).toHaveLength(1);
    },
  );
});

describe('opaqueAccessTokens', () => {
  const introspection = { accessTokenAudiences: [API], opaqueAccessTokens: 'introspection' };
  const userinfo = { ...introspection, opaqueAccessTokens: 'dangerously-userinfo' };
  /** All that a login needs: no metadata is read. */
  const everything = {
    issuer: 'https://login.example.com/',
    endpoints: {
      authorizationEndpoint: 'https://login.example.com/a',
      tokenEndpoint: 'https://login.example.com/t',
      jwksUri: 'https://login.example.com/j',
    },
  };

  it.each<[string, object, Variables, string]>([
    ['refused by default', {}, {}, 'refuse'],
    ['refused without audiences', { opaqueAccessTokens: 'refuse' }, {}, 'refuse'],
    ['introspection', introspection, {}, 'introspection'],
    ['userinfo', userinfo, {}, 'dangerously-userinfo'],
    [
      'from the environment',
      {},
      {
        UPBOND_ACCESS_TOKEN_AUDIENCES: API,
        UPBOND_OPAQUE_ACCESS_TOKENS: 'introspection',
        UPBOND_INTROSPECTION_ENDPOINT: 'https://login.example.com/i',
      },
      'introspection',
    ],
  ])('%s', (_, options, variables, expected) => {
    const config = resolve(options, variables);
    expect(config.opaqueAccessTokens).toBe(expected);
    const endpoint = variables['UPBOND_INTROSPECTION_ENDPOINT'];
    expect(config.endpoints.introspectionEndpoint).toBe(endpoint);
  });

  it.each<[string, object, RegExp[]]>([
    [
      'userinfo without saying that it is dangerous',
      { ...userinfo, opaqueAccessTokens: 'userinfo' },
      [/^opaqueAccessTokens is not a known/],
    ],
    ['true', { ...introspection, opaqueAccessTokens: true }, [/^opaqueAccessTokens must be text/]],
    [
      'no audience',
      { ...introspection, accessTokenAudiences: [] },
      [/^opaqueAccessTokens .* no bearer token/],
    ],
    [
      'ID tokens alone',
      { ...userinfo, accessTokenAudiences: [], dangerouslyAcceptIdTokens: true },
      [/^opaqueAccessTokens /],
    ],
    [
      'a public client that introspects',
      { ...introspection, clientSecret: undefined, clientAuthentication: 'none' },
      [/^opaqueAccessTokens .* public client/],
    ],
    [
      'no endpoint and no metadata',
      { ...introspection, ...everything },
      [/^endpoints.introspectionEndpoint is not set/],
    ],
    [
      'no user endpoint and no metadata',
      { ...userinfo, ...everything },
      [/^endpoints.userinfoEndpoint is not set/],
    ],
    [
      'an endpoint that is no URL',
      { ...introspection, endpoints: { introspectionEndpoint: '/i' } },
      [/^endpoints.introspectionEndpoint is not an absolute/],
    ],
    [
      'a cache time of a day',
      { ...introspection, opaqueAccessTokenCacheSeconds: 86_400 },
      [/^opaqueAccessTokenCacheSeconds must/],
    ],
  ])('refuses %s', (_, options, expected) => {
    expect(refused(options)).toEqual(expected.map((one) => expect.stringMatching(one)));
  });

  it.each<[string, object]>([
    [
      'a public client may ask the user endpoint',
      { ...userinfo, clientSecret: undefined, clientAuthentication: 'none' },
    ],
    ['the metadata can name the endpoint', { ...introspection, ...everything, issuer: undefined }],
    [
      'an endpoint of its own',
      {
        ...introspection,
        ...everything,
        endpoints: {
          ...everything.endpoints,
          introspectionEndpoint: 'https://login.example.com/i',
        },
      },
    ],
    ['no caching', { ...introspection, opaqueAccessTokenCacheSeconds: 0 }],
  ])('%s', (_, options) => expect(refused(options)).toEqual([]));
});

describe('rolesClaim and permissionsClaim', () => {
  it.each<[unknown, string[]]>([
    [undefined, ['roles']],
    ['https://app.example.com/roles', ['https://app.example.com/roles']],
    [
      ['realm_access', 'roles'],
      ['realm_access', 'roles'],
    ],
  ])('%j', (rolesClaim, expected) => {
    expect(resolve({ rolesClaim }).rolesClaim).toEqual(expected);
  });

  it('takes a path from the environment, and refuses an empty one', () => {
    const variables = { UPBOND_PERMISSIONS_CLAIM: 'access permissions' };
    expect(resolve({}, variables).permissionsClaim).toEqual(['access', 'permissions']);
    expect(resolve({}).permissionsClaim).toEqual(['permissions']);
    expect(refused({ rolesClaim: [] })).toEqual(['rolesClaim is empty.']);
  });
});

describe('routes.protectedResourceMetadata', () => {
  const PATH = '/.well-known/oauth-protected-resource';

  it.each<[string, object, Variables, string, string | undefined]>([
    ['by default', {}, {}, 'default', PATH],
    ['of an instance with a name', {}, {}, 'admin', `${PATH}/admin`],
    ['elsewhere', { protectedResourceMetadata: '/meta' }, {}, 'default', '/meta'],
    ['off', { protectedResourceMetadata: false }, {}, 'default', undefined],
    ['off', {}, { UPBOND_PROTECTED_RESOURCE_METADATA_PATH: 'false' }, 'default', undefined],
  ])('%s', (_, routes, variables, name, expected) => {
    expect(resolve({ routes }, variables, name).routes.protectedResourceMetadata).toBe(expected);
  });

  it.each(['/auth/login', 'meta', '/:id', true, '/Auth/Logout/'])('refuses %j', (path) => {
    expect(refused({ routes: { protectedResourceMetadata: path } })).toHaveLength(1);
  });
});
