import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { UpbondConfigError } from '../errors/upbond-config-error.js';
import { resolveConfig } from './upbond-auth-config.js';
import type { UpbondAuthOptions } from './upbond-auth-options.js';

const VARIABLES: Readonly<Record<string, string>> = {
  UPBOND_CLIENT_ID: 'app-1',
  UPBOND_REDIRECT_URI: 'https://app.example.com/auth/callback',
  UPBOND_SESSION_SECRET: 'kY8vX2pQ7rT4mN9bL3cZ6wF1hJ5sD0gA+/uEiOxR',
};

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = (key: KeyObject, type: 'pkcs8' | 'pkcs1' | 'sec1' | 'spki' = 'pkcs8') =>
  key.export({ type, format: 'pem' } as never) as unknown as string;
const RSA_PEM = pem(rsa.privateKey);
const EC_JWK = ec.privateKey.export({ format: 'jwk' });

function resolve(options: object, variables: Readonly<Record<string, string>> = {}) {
  const read = (variable: string) => ({ ...VARIABLES, ...variables })[variable];
  return resolveConfig('default', options as UpbondAuthOptions, read, true);
}

function problemsOf(options: object, variables: Readonly<Record<string, string>> = {}): string[] {
  try {
    resolve(options, variables);
    return [];
  } catch (error) {
    if (!(error instanceof UpbondConfigError)) throw error;
    expect(error.message).not.toContain(RSA_PEM.slice(40, 80));
    return error.problems.map(({ option, problem }) => `${option} ${problem}`);
  }
}

const RSA_KEY = { key: RSA_PEM, keyId: 'k-1', algorithm: 'RS256' };

describe('clientAssertionKeys', () => {
  it.each([
    ['PKCS#8', RSA_KEY, 'RS256', 'k-1'],
    ['PKCS#1', { ...RSA_KEY, key: pem(rsa.privateKey, 'pkcs1') }, 'RS256', 'k-1'],
    ['PS256', { ...RSA_KEY, algorithm: 'PS256' }, 'PS256', 'k-1'],
    ['RS384', { ...RSA_KEY, algorithm: 'RS384' }, 'RS384', 'k-1'],
    [
      'SEC 1',
      { key: pem(ec.privateKey, 'sec1'), keyId: 'k-2', algorithm: 'ES256' },
      'ES256',
      'k-2',
    ],
    ['escaped line breaks', { ...RSA_KEY, key: RSA_PEM.replaceAll('\n', '\\n') }, 'RS256', 'k-1'],
    ['a JWK', { key: EC_JWK, keyId: 'k-3', algorithm: 'ES256' }, 'ES256', 'k-3'],
    ['a JWK that says it all', { key: { ...EC_JWK, kid: 'k-4', alg: 'ES256' } }, 'ES256', 'k-4'],
  ])('takes %s', (_title, key, algorithm, keyId) => {
    for (const clientAssertionKeys of [key, [key]]) {
      const config = resolve({ clientAssertionKeys });
      expect(config.clientAuthentication).toBe('private_key_jwt');
      expect(config.clientAssertionKeys).toMatchObject([{ algorithm, keyId }]);
      expect(config.clientAssertionKeys[0]?.privateKey.type).toBe('private');
    }
  });

  it('takes two from the variable', () => {
    const second = { key: EC_JWK, keyId: 'k-2', algorithm: 'ES256' };
    const UPBOND_CLIENT_ASSERTION_KEYS = JSON.stringify([RSA_KEY, second]);
    const { clientAssertionKeys } = resolve({}, { UPBOND_CLIENT_ASSERTION_KEYS });
    expect(clientAssertionKeys.map(({ keyId }) => keyId)).toEqual(['k-1', 'k-2']);
  });

  it('may stand beside a client secret, which ID tokens with HS256 need', () => {
    const clientSecret = 'q2W8e4R6t0Y1u3I5o7P9a-S_dFgHjKlZxCvBnM';
    const config = resolve({ clientSecret, clientAssertionKeys: RSA_KEY });
    expect(config.clientAuthentication).toBe('private_key_jwt');
    expect(config.clientSecrets).toEqual([clientSecret]);
  });

  it('is never printed', () => {
    const config = resolve({
      clientAssertionKeys: { key: EC_JWK, keyId: 'k', algorithm: 'ES256' },
    });
    for (const text of [inspect(config, { depth: 9 }), JSON.stringify(config)]) {
      expect(text).not.toContain(EC_JWK.d);
      expect(text).toContain('[redacted]');
    }
  });

  const small = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const encrypted = rsa.privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'pass',
  });
  it.each([
    ['nothing', [], 'is not one key, or a list of two.'],
    ['text', 'x', 'is not one key, or a list of two.'],
    ['three', [RSA_KEY, RSA_KEY, RSA_KEY], 'is not one key, or a list of two.'],
    ['no keyId', { ...RSA_KEY, keyId: undefined }, 'has no keyId.'],
    ['an empty keyId', { ...RSA_KEY, keyId: '' }, 'has no keyId.'],
    ['no algorithm', { ...RSA_KEY, algorithm: undefined }, 'has no algorithm that is supported.'],
    ['HS256', { ...RSA_KEY, algorithm: 'HS256' }, 'has no algorithm that is supported.'],
    ['none', { ...RSA_KEY, algorithm: 'none' }, 'has no algorithm that is supported.'],
    [
      'a JWK for another algorithm',
      { key: { ...EC_JWK, alg: 'ES384' }, keyId: 'k', algorithm: 'ES256' },
      'is made for another algorithm.',
    ],
    ['a public PEM', { ...RSA_KEY, key: pem(rsa.publicKey, 'spki') }, 'is a public key.'],
    [
      'a public JWK',
      { ...RSA_KEY, key: rsa.publicKey.export({ format: 'jwk' }) },
      'is a public key.',
    ],
    ['an encrypted key', { ...RSA_KEY, key: encrypted }, 'is encrypted.'],
    ['no key', { ...RSA_KEY, key: undefined }, 'is no private key.'],
    ['rubbish', { ...RSA_KEY, key: 'rubbish' }, 'is no private key.'],
    ['half a key', { ...RSA_KEY, key: RSA_PEM.slice(0, 400) }, 'is no private key.'],
    ['an EC key for RS256', { ...RSA_KEY, key: EC_JWK }, 'is no RSA key, which RS256 needs.'],
    [
      'an RSA key for ES256',
      { ...RSA_KEY, algorithm: 'ES256' },
      'is no P-256 key, which ES256 needs.',
    ],
    [
      'P-384 for ES256',
      { key: pem(p384.privateKey), keyId: 'k', algorithm: 'ES256' },
      'is no P-256 key, which ES256 needs.',
    ],
    [
      '1024 bits',
      { ...RSA_KEY, key: pem(small.privateKey) },
      'has 1024 bits, but RSA needs at least 2048.',
    ],
    ['the same keyId twice', [RSA_KEY, RSA_KEY], 'has the same keyId twice.'],
  ])('refuses %s', (_title, clientAssertionKeys, problem) => {
    expect(problemsOf({ clientAssertionKeys })).toEqual([`clientAssertionKeys ${problem}`]);
  });

  it('says which of two is wrong', () => {
    const clientAssertionKeys = [RSA_KEY, { ...RSA_KEY, key: 'rubbish' }];
    expect(problemsOf({ clientAssertionKeys })).toEqual([
      'clientAssertionKeys holds 2 keys, and number 2 is no private key.',
    ]);
  });

  it.each(['{', RSA_PEM, 'k-1'])('refuses a variable that is no JSON', (text) => {
    const problems = problemsOf({}, { UPBOND_CLIENT_ASSERTION_KEYS: text });
    expect(problems).toEqual(['clientAssertionKeys is not JSON.']);
  });

  it('contradicts a method that needs no key', () => {
    const clientAssertionKeys = RSA_KEY;
    expect(problemsOf({ clientAssertionKeys, clientAuthentication: 'none' })).toEqual([
      'clientAssertionKeys is set, although clientAuthentication is none.',
    ]);
    expect(problemsOf({ clientAuthentication: 'private_key_jwt' })).toEqual([
      'clientAssertionKeys is not set.',
    ]);
  });

  it('knows two audiences', () => {
    const keys = { clientAssertionKeys: RSA_KEY };
    const wanted = { ...keys, clientAssertionAudience: 'token_endpoint' };
    expect(resolve(keys).clientAssertionAudience).toBe('issuer');
    expect(resolve(wanted).clientAssertionAudience).toBe('token_endpoint');
    expect(problemsOf({ ...keys, clientAssertionAudience: 'https://x' })).toEqual([
      'clientAssertionAudience is not a known value.',
    ]);
  });
});

describe('clientSecret', () => {
  const NEW = 'B7nM4kQ9xW2eR5tY8uI1oP6aS3dF0gHj/+LzXcVb';
  const OLD = 'q2W8e4R6t0Y1u3I5o7P9a-S_dFgHjKlZxCvBnM';

  it('is one or two', () => {
    expect(resolve({ clientSecret: [NEW, OLD] }).clientSecrets).toEqual([NEW, OLD]);
    expect(resolve({ clientSecret: [NEW] }).clientSecrets).toEqual([NEW]);
    const variable = (UPBOND_CLIENT_SECRET: string) => resolve({}, { UPBOND_CLIENT_SECRET });
    expect(variable(`${NEW}, ${OLD}`).clientSecrets).toEqual([NEW, OLD]);
    expect(variable(NEW).clientSecrets).toEqual([NEW]);
    // In code there is a list for two
    expect(resolve({ clientSecret: 'a,b' }).clientSecrets).toEqual(['a,b']);
  });

  it.each([
    [[], 'is empty.'],
    [['a', 'b', 'c'], 'holds 3 secrets, but at most 2 are good at a time.'],
    [[OLD, OLD], 'holds the same secret twice.'],
    [[OLD, 42], 'holds 2 secrets, and number 2 must be text, but is a number.'],
    [[` ${OLD}`, NEW], 'holds 2 secrets, and number 1 has white space before or after it.'],
  ])('refuses %j', (clientSecret, problem) => {
    expect(problemsOf({ clientSecret })).toEqual([`clientSecret ${problem}`]);
  });

  it('must not seal cookies, either of the two', () => {
    const sessionSecret = VARIABLES['UPBOND_SESSION_SECRET'];
    expect(problemsOf({ clientSecret: [OLD, sessionSecret] })).toEqual([
      'sessionSecret is the client secret: a secret serves one purpose.',
    ]);
  });

  it('is long enough for HS256, both of them', () => {
    const options = { idTokenSigningAlgorithms: ['HS256'], clientSecret: [OLD, 'short'] };
    expect(problemsOf(options)).toEqual([
      'idTokenSigningAlgorithms contains HS256, which needs a client secret of at least 32 bytes; this one has 5.',
    ]);
  });
});
