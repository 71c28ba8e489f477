import {
  createLocalJWKSet,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  SignJWT,
  type CryptoKey,
  type JWTVerifyGetKey,
} from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { unavailable } from '../authorization-server/unavailable.js';
import type { JwksCache } from '../authorization-server/jwks.js';
import { ServerSignature } from '../tokens/server-signature.js';
import { LogoutTokenVerifier } from './logout-token.js';

type Config = ConstructorParameters<typeof LogoutTokenVerifier>[0] &
  ConstructorParameters<typeof ServerSignature>[0];

const NOW = 1_700_000_000;
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const SECRET = 'a-client-secret-of-more-than-32-bytes';
const CONFIG: Config = {
  clientId: 'client',
  clientSecrets: [SECRET],
  idTokenSigningAlgorithms: ['RS256', 'ES256'],
  leewaySeconds: 60,
};
const METADATA = { jwksUri: 'https://login.test/jwks', acceptedIssuers: ['https://login.test'] };
const CLAIMS = {
  iss: 'https://login.test',
  aud: 'client',
  iat: NOW,
  exp: NOW + 120,
  sub: 'did:key:z6Mk',
  jti: 'one',
  events: { [EVENT]: {} },
};

let rsa: { privateKey: CryptoKey; publicKey: CryptoKey };
let other: { privateKey: CryptoKey };
let pss: { privateKey: CryptoKey };
let keys: JWTVerifyGetKey;

beforeAll(async () => {
  rsa = await generateKeyPair('RS256', { extractable: true });
  other = await generateKeyPair('RS256');
  pss = await generateKeyPair('PS256');
  const jwk = await exportJWK(rsa.publicKey);
  keys = createLocalJWKSet({ keys: [{ ...jwk, kid: 'one', alg: 'RS256', use: 'sig' }] });
});

/** Verifies with a key cache that hands out these keys and cannot be renewed. */
function verify(token: string, config: Partial<Config> = {}, getKey: JWTVerifyGetKey = keys) {
  const cache = { getKey: () => getKey, renew: async () => false } as unknown as JwksCache;
  const jwks = { keysAt: () => cache };
  const all = { ...CONFIG, ...config };
  const signature = new ServerSignature(all, jwks, () => NOW);
  const verifier = new LogoutTokenVerifier(all, signature, () => NOW);
  return verifier.verify(token, async () => METADATA, AbortSignal.timeout(1000));
}

function sign(
  header: Record<string, unknown> = {},
  key: CryptoKey | Uint8Array = rsa.privateKey,
  claims: Record<string, unknown> = {},
) {
  return new SignJWT({ ...CLAIMS, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: 'one', ...header })
    .sign(key);
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('LogoutTokenVerifier', () => {
  it.each([{ typ: 'logout+jwt' }, { typ: 'application/Logout+JWT' }, { typ: 'JWT' }, {}])(
    'accepts the header %j',
    async (header) => {
      expect(await verify(await sign(header))).toMatchObject({ jti: 'one', sub: CLAIMS.sub });
    },
  );

  it('accepts HS256 with the client secret where nothing else is allowed', async () => {
    const config = { idTokenSigningAlgorithms: ['HS256'] as const };
    const token = await sign({ alg: 'HS256' }, Buffer.from(SECRET));
    expect(await verify(token, config)).toMatchObject({ jti: 'one' });
    await expect(verify(await sign(), config)).rejects.toMatchObject({
      code: 'logout_token_invalid',
    });
  });

  it('accepts HS256 with either secret of a rotation, and no third one', async () => {
    const old = 'another-client-secret-of-more-than-32-bytes';
    const config = {
      idTokenSigningAlgorithms: ['HS256'] as const,
      clientSecrets: [SECRET, old],
    };
    for (const secret of [SECRET, old]) {
      const token = await sign({ alg: 'HS256' }, Buffer.from(secret));
      expect(await verify(token, config)).toMatchObject({ jti: 'one' });
    }
    const foreign = await sign({ alg: 'HS256' }, Buffer.from(`${old}!`));
    await expect(verify(foreign, config)).rejects.toMatchObject({ code: 'logout_token_invalid' });
    // Without a second one nothing may be signed with an empty key
    const one = { ...config, clientSecrets: [SECRET] };
    await expect(verify(foreign, one)).rejects.toMatchObject({ code: 'logout_token_invalid' });
  });

  const hostile: [string, () => Promise<string> | string][] = [
    ['no JWT', () => 'no JWT'],
    ['nothing', () => ''],
    ['dots', () => '...'],
    ['16 kB', async () => sign({}, rsa.privateKey, { padding: 'x'.repeat(16_384) })],
    ['alg none', () => `${encode({ alg: 'none' })}.${encode(CLAIMS)}.`],
    ['alg None', () => `${encode({ alg: 'None', typ: 'logout+jwt' })}.${encode(CLAIMS)}.`],
    ['no alg', () => `${encode({ typ: 'logout+jwt' })}.${encode(CLAIMS)}.AA`],
    ['an algorithm that is not allowed', () => sign({ alg: 'PS256' }, pss.privateKey)],
    ['HS256 with the client secret', () => sign({ alg: 'HS256' }, Buffer.from(SECRET))],
    [
      'HS256 with the public key',
      async () => sign({ alg: 'HS256' }, Buffer.from(await exportSPKI(rsa.publicKey))),
    ],
    ['another key', () => sign({}, other.privateKey)],
    ['another key without kid', () => sign({ kid: undefined }, other.privateKey)],
    ['an unknown kid', () => sign({ kid: 'two' })],
    ['typ at+jwt', () => sign({ typ: 'at+jwt' })],
    ['typ dpop+jwt', () => sign({ typ: 'dpop+jwt' })],
    ['typ as a number', () => sign({ typ: 7 })],
    ['an unknown critical header', () => signedWithCrit()],
    ['a changed payload', async () => withPayload(await sign(), { ...CLAIMS, sub: 'another' })],
    ['a payload that is no object', async () => withPayload(await sign(), [])],
    ['claims that are refused', () => sign({}, rsa.privateKey, { nonce: 'n' })],
    ['an exp that has passed', () => sign({}, rsa.privateKey, { exp: NOW - 60 })],
  ];
  it.each(hostile)('refuses %s', async (_name, make) => {
    await expect(verify(await sign())).resolves.toMatchObject({ jti: 'one' });
    await expect(verify(await make())).rejects.toMatchObject({ code: 'logout_token_invalid' });
  });

  it('asks for no key before the header has passed', async () => {
    const getKey = () => Promise.reject(new Error('asked'));
    const token = `${encode({ alg: 'none' })}.${encode(CLAIMS)}.`;
    await expect(verify(token, {}, getKey)).rejects.toMatchObject({
      detail: 'logout token: alg "none" is not among idTokenSigningAlgorithms',
    });
  });

  it('does not blame the token when there are no keys', async () => {
    const down = unavailable('no network');
    await expect(verify(await sign(), {}, () => Promise.reject(down))).rejects.toBe(down);
  });

  it('refuses everything while it is not known where keys are', async () => {
    const jwks = { keysAt: () => expect.fail('asked for keys') as never };
    const signature = new ServerSignature(CONFIG, jwks, () => NOW);
    const verifier = new LogoutTokenVerifier(CONFIG, signature, () => NOW);
    const metadata = async () => ({ ...METADATA, jwksUri: undefined });
    await expect(
      verifier.verify(await sign(), metadata, AbortSignal.timeout(1000)),
    ).rejects.toMatchObject({ code: 'logout_token_invalid' });
  });
});

function signedWithCrit(): Promise<string> {
  const token = new SignJWT(CLAIMS).setProtectedHeader({
    alg: 'RS256',
    kid: 'one',
    crit: ['urn:unknown'],
    'urn:unknown': true,
  });
  return token.sign(rsa.privateKey, { crit: { 'urn:unknown': true } });
}

function withPayload(token: string, payload: object): string {
  const [header, , signature] = token.split('.');
  return `${header}.${encode(payload)}.${signature}`;
}
