import fc from 'fast-check';
import {
  CompactSign,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type CryptoKey,
  type JWK,
} from 'jose';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Http } from '../authorization-server/http.js';
import { JwksEndpoint } from '../authorization-server/jwks-endpoint.js';
import type { ServerMetadata } from '../authorization-server/metadata.js';
import type { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { AccessTokenVerifier } from './access-token.js';

const NOW = 1_800_000_000;
const ISSUER = 'https://auth3.upbond.io/';
const API = 'https://api.example.com';

interface Key {
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

let rsa: Key;
let ec: Key;
let foreign: Key;

async function keyFor(alg: string, kid: string): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid } };
}

beforeAll(async () => {
  rsa = await keyFor('RS256', 'rsa');
  ec = await keyFor('ES256', 'ec');
  foreign = await keyFor('RS256', 'rsa');
});

interface Draft {
  readonly key?: Key;
  readonly secret?: Uint8Array;
  readonly header?: object;
  readonly claims?: object;
}

function sign({ key = rsa, secret, header = {}, claims = {} }: Draft = {}): Promise<string> {
  const payload = { iss: ISSUER, sub: 'did:key:z1', aud: API, exp: NOW + 600, iat: NOW, ...claims };
  const protectedHeader = { alg: key.alg, kid: key.jwk.kid, typ: 'JWT', ...header } as {
    alg: string;
  };
  return new CompactSign(Buffer.from(JSON.stringify(payload)))
    .setProtectedHeader(protectedHeader)
    .sign(secret ?? key.privateKey, { crit: { 'urn:x': true } });
}

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** A verifier over the real key cache, with an authorization server that counts. */
function setUp(options: Partial<UpbondAuthConfig> = {}) {
  const fetch = vi.fn<(url: string) => Promise<Response>>(() =>
    Promise.resolve(Response.json({ keys: [rsa.jwk, ec.jwk] })),
  );
  const http = { fetch, close: () => {} } as unknown as Http;
  const metadata = { acceptedIssuers: [ISSUER], jwksUri: 'https://auth3.upbond.io/jwks' };
  const clock = { now: NOW };
  const config = {
    accessTokenAudiences: [API],
    accessTokenSigningAlgorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
    dangerouslyAcceptIdTokens: false,
    clientId: 'client',
    leewaySeconds: 60,
    deadlineSeconds: 5,
    ...options,
  } as UpbondAuthConfig;
  const server = { metadata: () => Promise.resolve(metadata as unknown as ServerMetadata) };
  const verifier = new AccessTokenVerifier(config, server, new JwksEndpoint(http), () => clock.now);
  return { verifier, fetch, clock, metadata };
}

async function outcome(token: string, verifier = setUp().verifier): Promise<string> {
  try {
    await verifier.verify(token);
    return 'accepted';
  } catch (error) {
    return (error as UpbondAuthException).code;
  }
}

describe('AccessTokenVerifier', () => {
  it('hands out the claims, deeply frozen', async () => {
    const claims = await setUp().verifier.verify(await sign({ claims: { roles: ['a'] } }));
    expect(claims).toMatchObject({ sub: 'did:key:z1', aud: API, roles: ['a'] });
    expect(Object.isFrozen(claims) && Object.isFrozen(claims.roles)).toBe(true);
  });

  it.each<[string, () => Draft]>([
    ['an EC key', () => ({ key: ec })],
    ['no typ', () => ({ header: { typ: undefined } })],
    ['typ jwt', () => ({ header: { typ: 'jwt' } })],
    ['at+jwt', () => ({ header: { typ: 'at+jwt' }, claims: { client_id: 'a', jti: 'b' } })],
    [
      'application/at+jwt',
      () => ({ header: { typ: 'application/AT+JWT' }, claims: { client_id: 'a', jti: 'b' } }),
    ],
    ['no kid', () => ({ header: { kid: undefined } })],
  ])('accepts %s', async (_, draft) => {
    expect(await outcome(await sign(draft()))).toBe('accepted');
  });

  it.each<[string, () => Draft]>([
    ['another key with the same kid', () => ({ key: foreign })],
    ['at+jwt without its claims', () => ({ header: { typ: 'at+jwt' } })],
    ['a logout token', () => ({ header: { typ: 'logout+jwt' } })],
    ['a DPoP proof', () => ({ header: { typ: 'dpop+jwt' } })],
    ['a typ that is no text', () => ({ header: { typ: 1 } })],
    ['an ID token', () => ({ claims: { aud: 'client', nonce: 'n' } })],
    ['an expired one', () => ({ claims: { exp: NOW - 61, iat: NOW - 100 } })],
    ['one that is not valid yet', () => ({ claims: { nbf: NOW + 61 } })],
    ['claims that are not', () => ({ claims: { exp: 'never' } })],
  ])('refuses %s', async (_, draft) => {
    expect(await outcome(await sign(draft()))).toBe('invalid_token');
  });

  it('refuses an algorithm that is not allowed, however good the signature', async () => {
    const { verifier } = setUp({ accessTokenSigningAlgorithms: ['ES256'] });
    expect(await outcome(await sign(), verifier)).toBe('invalid_token');
    expect(await outcome(await sign({ key: ec }), verifier)).toBe('accepted');
  });

  describe('attacks', () => {
    const attempts: [string, () => Promise<string>][] = [
      [
        'HS256 with the public key as the secret',
        async () => {
          const secret = Buffer.from(await exportSPKI(rsa.publicKey));
          return sign({ secret, header: { alg: 'HS256' } });
        },
      ],
      [
        'HS256 with the client secret',
        () => sign({ secret: Buffer.alloc(32, 1), header: { alg: 'HS256' } }),
      ],
      ['alg none', async () => unsigned('none', await sign())],
      ['alg None', async () => unsigned('None', await sign())],
      ['alg none with a signature', async () => unsigned('none', await sign(), true)],
      ['an ES256 header over an RSA signature', async () => unsigned('ES256', await sign(), true)],
      ['jwk', () => sign({ key: foreign, header: { jwk: foreign.jwk } })],
      ['jku', () => sign({ key: foreign, header: { jku: 'https://evil.example/jwks' } })],
      ['x5u', () => sign({ key: foreign, header: { x5u: 'https://evil.example/x' } })],
      ['kid that is a path', () => sign({ header: { kid: '../../dev/null' } })],
      ['kid that is a query', () => sign({ header: { kid: "' OR 1=1 --" } })],
      ['kid that is no text', () => sign({ header: { kid: { a: 1 } } })],
      ['kid __proto__', () => sign({ header: { kid: '__proto__' } })],
      ['crit', () => sign({ header: { crit: ['urn:x'], 'urn:x': 1 } })],
      ['crit that is empty', async () => reheaded(await sign(), { crit: [] })],
      ['b64', async () => reheaded(await sign(), { b64: false })],
      ['b64 true', () => sign({ header: { b64: true } })],
      ['a JWE', () => Promise.resolve('a.b.c.d.e')],
      ['an opaque token', () => Promise.resolve('2YotnFZFEjr1zCsicMWpAA')],
      ['only dots', () => Promise.resolve('..')],
      ['thousands of dots', () => Promise.resolve('.'.repeat(16_000))],
      ['a header that is no JSON', async () => `AAAA.${(await sign()).split('.')[1]}.AAAA`],
      ['claims that are a list', () => signText('[]')],
      ['claims that are no JSON', () => signText('{')],
    ];

    it.each(attempts)('%s', async (_, attempt) => {
      expect(await outcome(await attempt())).toBe('invalid_token');
    });

    it('asks no address that a token names', async () => {
      const { verifier, fetch } = setUp();
      const header = { jku: 'https://evil.example/a', x5u: 'https://evil.example/b', kid: 'new' };
      await outcome(await sign({ key: foreign, header }), verifier);
      expect(fetch.mock.calls.flat().filter((url) => String(url).includes('evil'))).toEqual([]);
    });

    it('a token whose bytes were flipped, cut, doubled or swapped is never accepted', async () => {
      for (const key of [rsa, ec]) {
        const good = await sign({ key });
        const { verifier } = setUp();
        expect(await outcome(good, verifier)).toBe('accepted');
        const position = fc.nat(good.length - 1);
        await fc.assert(
          fc.asyncProperty(mutation(good, position), async (bad) => {
            fc.pre(bad !== good);
            expect(await outcome(bad, verifier)).toBe('invalid_token');
          }),
          { numRuns: 500 },
        );
      }
    });

    it('every bit of the last characters counts, also those that decoders pass over', async () => {
      for (const key of [rsa, ec]) {
        const good = await sign({ key });
        const { verifier } = setUp();
        // Remembered first: what is close to it must not be taken for it
        expect(await outcome(good, verifier)).toBe('accepted');
        for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
          const bad = good.slice(0, -1) + last;
          if (bad !== good) expect(await outcome(bad, verifier)).toBe('invalid_token');
        }
        for (const bad of [`${good}=`, `=${good}`, `${good}.`, ` ${good}`, `${good}\n`]) {
          expect(await outcome(bad, verifier)).toBe('invalid_token');
        }
        expect(await outcome(good.toLowerCase(), verifier)).toBe('invalid_token');
      }
    });
  });

  describe('what it remembers', () => {
    it('is neither verified nor asked about the second time', async () => {
      const { verifier, fetch, metadata } = setUp();
      const token = await sign();
      const first = await verifier.verify(token);
      // Whoever verifies asks first where the keys are
      Object.assign(metadata, { jwksUri: undefined });
      expect(await verifier.verify(token)).toBe(first);
      expect(await outcome(await sign({ key: ec }), verifier)).toBe('temporarily_unavailable');
      expect(fetch).toHaveBeenCalledTimes(1);
    });

    it('never outlives the token', async () => {
      const { verifier, clock } = setUp();
      const token = await sign();
      expect(await outcome(token, verifier)).toBe('accepted');
      clock.now = NOW + 659;
      expect(await outcome(token, verifier)).toBe('accepted');
      expect(verifier.size).toBe(0);
      clock.now = NOW + 661;
      expect(await outcome(token, verifier)).toBe('invalid_token');
    });

    it('answers at once for a verified token, until it expires, and for no other', async () => {
      const { verifier, clock } = setUp();
      const token = await sign();
      const other = await sign({ claims: { sub: 'did:key:z2' } });
      expect(verifier.remembered(token)).toBeUndefined();
      const claims = await verifier.verify(token);
      expect(verifier.remembered(token)).toBe(claims);
      for (const near of [
        other,
        `${token}=`,
        ` ${token}`,
        token.slice(0, -1),
        token.toLowerCase(),
      ]) {
        expect(verifier.remembered(near)).toBeUndefined();
      }
      clock.now = NOW + 600;
      expect(verifier.remembered(token)).toBeUndefined();
    });

    it('remembers nothing of a token that was refused', async () => {
      const { verifier } = setUp();
      await outcome(await sign({ key: foreign }), verifier);
      await outcome(await sign({ claims: { aud: 'other' } }), verifier);
      expect(verifier.size).toBe(0);
    });
  });

  it('10,000 tokens with random key ids cause at most one fetch and are not remembered', async () => {
    const { verifier, fetch } = setUp();
    const [, claims, signature] = (await sign()).split('.');
    await outcome(await sign(), verifier);
    const attempt = (index: number) => {
      const header = part({ alg: 'RS256', kid: `random-${index}`, typ: 'JWT' });
      return outcome(`${header}.${claims}.${signature}`, verifier);
    };
    const seen = new Set<string>();
    for (let index = 0; index < 10_000; index += 500) {
      const batch = Array.from({ length: 500 }, (_, offset) => attempt(index + offset));
      for (const one of await Promise.all(batch)) seen.add(one);
    }
    expect([...seen]).toEqual(['invalid_token']);
    // The one that brought the keys, and one that was forced by an unknown key
    expect(fetch).toHaveBeenCalledTimes(2);
    expect(verifier.size).toBe(1);
  });

  it('says so when there are no keys: it is not the fault of the token', async () => {
    const { verifier, fetch } = setUp();
    fetch.mockImplementation(() => Promise.resolve(new Response('', { status: 503 })));
    expect(await outcome(await sign(), verifier)).toBe('temporarily_unavailable');
    const other = setUp();
    Object.assign(other.metadata, { jwksUri: undefined });
    expect(await outcome(await sign(), other.verifier)).toBe('temporarily_unavailable');
  });
});

function unsigned(alg: string, token: string, keepsSignature = false): string {
  const [, claims, signature] = token.split('.');
  return `${part({ alg, typ: 'JWT' })}.${claims}.${keepsSignature ? signature : ''}`;
}

function reheaded(token: string, header: object): string {
  const [, claims, signature] = token.split('.');
  return `${part({ alg: 'RS256', kid: 'rsa', typ: 'JWT', ...header })}.${claims}.${signature}`;
}

function signText(text: string): Promise<string> {
  return new CompactSign(Buffer.from(text))
    .setProtectedHeader({ alg: 'RS256', kid: 'rsa' })
    .sign(rsa.privateKey);
}

function mutation(token: string, position: fc.Arbitrary<number>): fc.Arbitrary<string> {
  const character = fc.integer({ min: 33, max: 126 }).map((code) => String.fromCharCode(code));
  return fc.oneof(
    fc.tuple(position, character).map(([at, by]) => token.slice(0, at) + by + token.slice(at + 1)),
    position.map((at) => token.slice(0, at) + token.slice(at + 1)),
    position.map((at) => token.slice(0, at)),
    fc.tuple(position, character).map(([at, by]) => token.slice(0, at) + by + token.slice(at)),
    position.map((at) => token.slice(0, at) + token.charAt(at) + token.slice(at)),
    fc.tuple(position, position).map(([one, other]) => {
      const list = token.split('');
      [list[one], list[other]] = [token.charAt(other), token.charAt(one)];
      return list.join('');
    }),
  );
}
