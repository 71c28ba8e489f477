import { describe, expect, it } from 'vitest';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import {
  configuredMetadata,
  documentedMetadata,
  MalformedMetadataError,
  publishedMetadata,
} from './metadata.js';

const NO_ENDPOINTS: UpbondAuthConfig['endpoints'] = {
  authorizationEndpoint: undefined,
  tokenEndpoint: undefined,
  jwksUri: undefined,
  userinfoEndpoint: undefined,
  revocationEndpoint: undefined,
  introspectionEndpoint: undefined,
  logoutEndpoint: undefined,
};

type Settings = Partial<Omit<UpbondAuthConfig, 'endpoints'>> & {
  endpoints?: Partial<UpbondAuthConfig['endpoints']>;
};

function config({ endpoints, ...rest }: Settings = {}): UpbondAuthConfig {
  return {
    domain: 'https://host',
    issuer: undefined,
    allowInsecureHttp: false,
    oauthOnly: false,
    idTokenSigningAlgorithms: ['RS256', 'ES256'],
    endpoints: { ...NO_ENDPOINTS, ...endpoints },
    ...rest,
  } as UpbondAuthConfig;
}

const PUBLISHED = {
  issuer: 'https://host/',
  authorization_endpoint: 'https://host/a',
  token_endpoint: 'https://host/t',
  jwks_uri: 'https://keys.example/k',
};

function published(members: Record<string, unknown> = {}, settings: Settings = {}) {
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  const json = { ...PUBLISHED, ...members };
  return { metadata: () => publishedMetadata(config(settings), json, warn), warnings };
}

describe('publishedMetadata', () => {
  it('reads what is published', () => {
    const members = {
      userinfo_endpoint: 'https://company.example/userinfo',
      revocation_endpoint: 'https://host/r',
      end_session_endpoint: 'https://host/e',
      authorization_response_iss_parameter_supported: true,
    };
    expect(published(members).metadata()).toEqual({
      issuer: 'https://host/',
      acceptedIssuers: ['https://host/'],
      authorizationEndpoint: 'https://host/a',
      tokenEndpoint: 'https://host/t',
      jwksUri: 'https://keys.example/k',
      userinfoEndpoint: 'https://company.example/userinfo',
      revocationEndpoint: 'https://host/r',
      endSessionEndpoint: 'https://host/e',
      logoutEndpoint: 'https://host/v2/logout',
      authorizationResponseIssParameterSupported: true,
    });
  });

  it.each([
    ['https://host', undefined],
    ['https://host/', undefined],
    ['https://issuer.example/x', 'https://issuer.example/x'],
  ])('takes the issuer %s when %s is configured', (issuer, configured) => {
    const { metadata } = published({ issuer }, { issuer: configured });
    expect(metadata()).toMatchObject({ issuer, acceptedIssuers: [issuer] });
  });

  it.each([
    ['https://host//', undefined],
    ['https://HOST', undefined],
    ['https://host:443', undefined],
    ['https://host.evil.example', undefined],
    ['http://host', undefined],
    ['https://host/x', undefined],
    ['https://host', 'https://host/'],
    ['https://host/', 'https://host'],
    [undefined, undefined],
    [null, undefined],
    [['https://host'], undefined],
  ])('refuses the issuer %j when %s is configured', (issuer, configured) => {
    expect(published({ issuer }, { issuer: configured }).metadata).toThrow(/unexpected issuer/);
  });

  it.each(['authorization_endpoint', 'token_endpoint', 'jwks_uri'])('requires %s', (name) => {
    for (const value of [undefined, null, '', 5, '/x', 'http://host/x', 'https://host/x#y']) {
      expect(published({ [name]: value }).metadata).toThrow(MalformedMetadataError);
    }
  });

  it.each(['userinfo_endpoint', 'revocation_endpoint', 'end_session_endpoint'])(
    'leaves out %s with a warning when it cannot be used',
    (name) => {
      const { metadata, warnings } = published({ [name]: 'http://host/x' });
      expect(Object.values(metadata())).not.toContain('http://host/x');
      expect(warnings).toEqual([expect.stringContaining(name)]);
    },
  );

  it.each(['true', 1, {}, 'false'])('refuses %j as a boolean', (value) => {
    const name = 'authorization_response_iss_parameter_supported';
    expect(published({ [name]: value }).metadata).toThrow(/not a boolean/);
  });

  it.each<[string, Settings]>([
    ['HS256 is the algorithm', { idTokenSigningAlgorithms: ['HS256'] }],
    ['OAuth only', { oauthOnly: true }],
  ])('needs no keys when %s', (_name, settings) => {
    expect(published({ jwks_uri: undefined }, settings).metadata().jwksUri).toBeUndefined();
  });

  it('lets every configured endpoint win, whatever is published in its place', () => {
    const endpoints = {
      authorizationEndpoint: 'https://own/a',
      tokenEndpoint: 'https://own/t',
      jwksUri: 'https://own/k',
      userinfoEndpoint: 'https://own/u',
      logoutEndpoint: 'https://own/l',
    };
    const nonsense = { authorization_endpoint: 1, token_endpoint: 1, jwks_uri: 1 };
    expect(published(nonsense, { endpoints }).metadata()).toMatchObject(endpoints);
  });

  it('is frozen', () => {
    const metadata = published().metadata();
    expect(Object.isFrozen(metadata) && Object.isFrozen(metadata.acceptedIssuers)).toBe(true);
  });
});

describe('documentedMetadata', () => {
  it('has the documented paths and takes both spellings of the domain', () => {
    expect(documentedMetadata(config())).toEqual({
      issuer: undefined,
      acceptedIssuers: ['https://host', 'https://host/'],
      authorizationEndpoint: 'https://host/authorize',
      tokenEndpoint: 'https://host/oauth/token',
      jwksUri: 'https://host/.well-known/jwks.json',
      userinfoEndpoint: 'https://host/userinfo',
      revocationEndpoint: 'https://host/oauth/revoke',
      endSessionEndpoint: undefined,
      logoutEndpoint: 'https://host/v2/logout',
      authorizationResponseIssParameterSupported: false,
    });
  });

  it('takes the configured issuer alone', () => {
    const metadata = documentedMetadata(config({ issuer: 'https://issuer.example' }));
    expect(metadata.issuer).toBe('https://issuer.example');
    expect(metadata.acceptedIssuers).toEqual(['https://issuer.example']);
  });
});

describe('configuredMetadata', () => {
  const endpoints = { authorizationEndpoint: 'https://o/a', tokenEndpoint: 'https://o/t' };
  const jwksUri = 'https://o/k';
  const issuer = 'https://issuer.example';

  it.each<[boolean, string, Settings]>([
    [true, 'all and the issuer', { issuer, endpoints: { ...endpoints, jwksUri } }],
    [
      true,
      'all without keys for HS256',
      { issuer, endpoints, idTokenSigningAlgorithms: ['HS256'] },
    ],
    [true, 'all for OAuth only', { endpoints, oauthOnly: true }],
    [false, 'nothing', {}],
    [false, 'all but the issuer', { endpoints: { ...endpoints, jwksUri } }],
    [false, 'all but the keys', { issuer, endpoints }],
    [
      false,
      'all but an endpoint',
      { issuer, endpoints: { ...endpoints, tokenEndpoint: undefined } },
    ],
  ])('is enough: %s, with %s', (isEnough, _name, settings) => {
    expect(configuredMetadata(config(settings)) !== undefined).toBe(isEnough);
  });
});
