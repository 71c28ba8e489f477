import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import type { ClientAssertionSigningKey } from '../options/client-assertion-key.js';
import { assertionAudience, clientAssertion } from './client-assertion.js';

const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const EC = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const ISSUER = 'https://host/';

async function assertionOf(key: ClientAssertionSigningKey) {
  const body = new URLSearchParams();
  const headers = new Headers();
  await clientAssertion(key)({ issuer: ISSUER }, { client_id: 'client' }, body, headers);
  return { body, headers, jwt: body.get('client_assertion') ?? '' };
}

describe('clientAssertion', () => {
  it.each([
    ['RS256', RSA],
    ['PS256', RSA],
    ['RS384', RSA],
    ['ES256', EC],
  ] as const)('%s: the members of RFC 7523 §2.2 and §3', async (algorithm, privateKey) => {
    const { body, headers, jwt } = await assertionOf({ algorithm, privateKey, keyId: 'k-1' });
    expect([...body.keys()]).toEqual(['client_id', 'client_assertion_type', 'client_assertion']);
    expect(body.get('client_id')).toBe('client');
    expect(body.get('client_assertion_type')).toBe(
      'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    );
    expect([...headers]).toEqual([]);
    const { payload, protectedHeader } = await jwtVerify(jwt, createPublicKey(privateKey));
    expect(protectedHeader).toEqual({ alg: algorithm, kid: 'k-1' });
    const { iat = 0, jti } = payload;
    expect(payload).toEqual({
      iss: 'client',
      sub: 'client',
      aud: ISSUER,
      iat,
      exp: iat + 60,
      jti,
    });
    expect(Math.abs(iat - Date.now() / 1000)).toBeLessThan(5);
    expect(jti).toMatch(/^[\w-]{36}$/);
  });

  it('is a new one each time', async () => {
    const key = { algorithm: 'ES256', privateKey: EC, keyId: 'k-1' } as const;
    const ids = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const { jwt } = await assertionOf(key);
        return (await jwtVerify(jwt, createPublicKey(EC))).payload.jti;
      }),
    );
    expect(new Set(ids).size).toBe(50);
  });
});

describe('assertionAudience', () => {
  const tokenEndpoint = 'https://host/oauth/token';
  it.each([
    ['issuer', [ISSUER], ISSUER],
    ['token_endpoint', [ISSUER], tokenEndpoint],
    // Not published: with or without a slash?
    ['issuer', ['https://host', 'https://host/'], tokenEndpoint],
    ['issuer', [], tokenEndpoint],
  ] as const)('%s of %j is %s', (wanted, acceptedIssuers, audience) => {
    expect(assertionAudience({ acceptedIssuers, tokenEndpoint }, wanted)).toBe(audience);
  });
});
