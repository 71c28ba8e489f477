import { describe, expect, it } from 'vitest';
import { createHttp, type Http } from './http.js';
import { JwksEndpoint, usableKeys } from './jwks-endpoint.js';

const RSA = { kty: 'RSA', n: 'AQAB', e: 'AQAB', kid: 'r' };
const EC = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid: 'e', use: 'sig' };
const OKP = { kty: 'OKP', crv: 'Ed25519', x: 'x', kid: 'o' };

describe('usableKeys', () => {
  it('keeps public signature keys', () => {
    expect(usableKeys({ keys: [RSA, EC, OKP] })).toEqual({ keys: [RSA, EC, OKP] });
    expect(usableKeys({ keys: [] })).toEqual({ keys: [] });
  });

  it.each([
    null,
    1,
    'x',
    [],
    {},
    { ...RSA, kty: undefined },
    { ...RSA, kty: 'rsa' },
    { ...RSA, kty: '__proto__' },
    { ...RSA, kty: 'constructor' },
    { ...RSA, n: 5 },
    { ...EC, y: undefined },
    { ...OKP, crv: null },
    { ...RSA, d: 'private' },
    { ...EC, d: '' },
    { ...RSA, use: 'enc' },
    { ...RSA, use: 1 },
    { kty: 'oct', k: 'secret' },
  ])('passes over %j', (key) => {
    expect(usableKeys({ keys: [key, RSA] })).toEqual({ keys: [RSA] });
  });

  it.each([undefined, null, {}, 'x', { 0: RSA, length: 1 }])('refuses %j as keys', (keys) => {
    expect(() => usableKeys({ keys })).toThrow(
      expect.objectContaining({ code: 'temporarily_unavailable' }),
    );
  });

  it('refuses more than 100 keys', () => {
    expect(usableKeys({ keys: Array.from({ length: 100 }, () => RSA) }).keys).toHaveLength(100);
    expect(() => usableKeys({ keys: Array.from({ length: 101 }, () => RSA) })).toThrow(
      expect.objectContaining({ detail: 'the key set has more than 100 keys' }),
    );
  });
});

describe('JwksEndpoint', () => {
  const ask = (answer: Response) => {
    const http: Http = { fetch: async () => answer.clone(), close() {} };
    const getKey = new JwksEndpoint(http).keysAt('https://host/keys').getKey();
    return getKey({ alg: 'RS256', kid: 'r' }, { payload: '', signature: '' });
  };
  const type = { 'content-type': 'application/json' };

  it.each<[string, Response]>([
    ['302', new Response(null, { status: 302 })],
    ['404', Response.json({ keys: [RSA] }, { status: 404 })],
    ['500', Response.json({ keys: [RSA] }, { status: 500 })],
    ['429', Response.json({ keys: [RSA] }, { status: 429 })],
    ['204', new Response(null, { status: 204 })],
    ['HTML', new Response('<html>', { headers: { 'content-type': 'text/html' } })],
    ['null', new Response('null', { headers: type })],
    ['an array', new Response('[]', { headers: type })],
    ['no keys', new Response('{}', { headers: type })],
  ])('%s is unavailable', async (_name, answer) => {
    await expect(ask(answer)).rejects.toMatchObject({ code: 'temporarily_unavailable' });
  });

  it.each(['application/json', 'application/jwk-set+json'])('reads %s', async (contentType) => {
    const headers = { 'content-type': contentType };
    const answer = new Response(JSON.stringify({ keys: [EC] }), { headers });
    await expect(ask(answer)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
  });

  it('keeps one address only', () => {
    const http = createHttp({ deadlineSeconds: 1 });
    const endpoint = new JwksEndpoint(http);
    const first = endpoint.keysAt('https://host/a');
    expect(endpoint.keysAt('https://host/a')).toBe(first);
    expect(endpoint.keysAt('https://host/b')).not.toBe(first);
    expect(endpoint.keysAt('https://host/a')).not.toBe(first);
    http.close();
  });
});
