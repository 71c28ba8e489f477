import { inspect } from 'node:util';
import { errors, exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { JwksCache } from '../authorization-server/jwks.js';
import { ServerSignature } from './server-signature.js';

type Config = ConstructorParameters<typeof ServerSignature>[0];

const NOW = 1_800_000_000;
const URI = 'https://auth3.upbond.io/jwks';
const SECRETS = ['kY8vX2pQ7rT4mN9bL3cZ6wF1hJ5sD0gA', 'Qm7RkT2vXw9ZbN4cJd6Lf8HsPa3YeGu5'];
const PRIVATE = { nonce: 'n-0S6_WzA2Mj-of-this-login', email: 'hanako@example.com' };
const VALID = { ...PRIVATE, iat: NOW, exp: NOW + 60 };
const BY_SECRET = { idTokenSigningAlgorithms: ['HS256'], clientSecrets: SECRETS } as const;

let pairs: Record<'rsa' | 'ec' | 'other', { publicKey: CryptoKey; privateKey: CryptoKey }>;
let keys: JWK[];

beforeAll(async () => {
  const [rsa, ec, other] = await Promise.all(
    ['RS256', 'ES256', 'ES256'].map((alg) => generateKeyPair(alg)),
  );
  if (!rsa || !ec || !other) throw new Error('no keys');
  pairs = { rsa, ec, other };
  keys = await Promise.all([rsa, ec, other].map(({ publicKey }) => exportJWK(publicKey)));
});

function verify(token: string, config: Partial<Config> = {}, jwksUri: string | undefined = URI) {
  const all: Config = {
    clientSecrets: SECRETS,
    idTokenSigningAlgorithms: ['RS256', 'ES256'],
    leewaySeconds: 60,
    ...config,
  };
  const cache = new JwksCache({ fetchJwks: async () => ({ keys }) });
  const signature = new ServerSignature(all, { keysAt: () => cache }, () => NOW);
  return signature.verify(token, { jwksUri }, AbortSignal.timeout(5000));
}

function signed(alg: string, key: CryptoKey | Uint8Array, claims: object = VALID, header = {}) {
  return new SignJWT({ ...claims }).setProtectedHeader({ alg, ...header }).sign(key);
}

describe('ServerSignature', () => {
  it('hands out the claims, whichever of the keys signed', async () => {
    const { rsa, ec, other } = pairs;
    for (const token of [
      await signed('RS256', rsa.privateKey),
      await signed('ES256', ec.privateKey),
      await signed('ES256', other.privateKey),
    ]) {
      expect(await verify(token)).toEqual(VALID);
    }
  });

  it('hands out what either secret signed, and asks for no keys', async () => {
    for (const secret of SECRETS) {
      const token = await signed('HS256', Buffer.from(secret));
      expect(await verify(token, BY_SECRET, undefined)).toEqual(VALID);
    }
  });

  const { JWSSignatureVerificationFailed, JWTExpired, JWTClaimValidationFailed } = errors;

  it.each([
    [{ exp: 1 }, JWTExpired, 'exp', 'check_failed'],
    [{ exp: 'tomorrow' }, JWTClaimValidationFailed, 'exp', 'invalid'],
    [{ nbf: 9_999_999_999 }, JWTClaimValidationFailed, 'nbf', 'check_failed'],
  ])(
    'says what is wrong with %j, and shows no other claim',
    async (claims, Kind, claim, reason) => {
      const all = { ...VALID, ...claims };
      const byKey = await signed('ES256', pairs.ec.privateKey, all);
      const bySecret = await signed('HS256', Buffer.from(SECRETS[0] ?? ''), all);
      for (const attempt of [() => verify(byKey), () => verify(bySecret, BY_SECRET)]) {
        const error: unknown = await attempt().catch((one: unknown) => one);
        expect(error).toBeInstanceOf(Kind);
        expect(error).toMatchObject({
          claim,
          reason,
          message: expect.stringContaining(`"${claim}"`),
        });
        const shown = inspect(error, { depth: 10, showHidden: true });
        for (const value of Object.values(PRIVATE)) expect(shown).not.toContain(value);
      }
    },
  );

  it('looks at the signature before it looks at the claims', async () => {
    const over = { ...VALID, exp: 1 };
    const { privateKey } = await generateKeyPair('ES256');
    await expect(verify(await signed('ES256', privateKey, over))).rejects.toBeInstanceOf(
      JWSSignatureVerificationFailed,
    );
    const foreign = await signed('HS256', Buffer.alloc(32, 1), over);
    await expect(verify(foreign, BY_SECRET)).rejects.toBeInstanceOf(JWSSignatureVerificationFailed);
  });

  it('takes no secret for a key, no key for a secret, and no extension', async () => {
    const { rsa } = pairs;
    const byKey = await signed('RS256', rsa.privateKey);
    await expect(verify(byKey, BY_SECRET)).rejects.toBeInstanceOf(errors.JOSEAlgNotAllowed);
    const bySecret = await signed('HS256', Buffer.from(SECRETS[0] ?? ''));
    await expect(verify(bySecret)).rejects.toBeInstanceOf(errors.JOSEAlgNotAllowed);
    const b64 = await signed('HS256', Buffer.from(SECRETS[0] ?? ''), VALID, { b64: true });
    await expect(verify(b64, BY_SECRET)).rejects.toBeInstanceOf(errors.JOSENotSupported);
  });

  it('refuses what is signed by a key while there is no key set', async () => {
    const config: Config = {
      clientSecrets: [],
      idTokenSigningAlgorithms: ['RS256'],
      leewaySeconds: 60,
    };
    const jwks = { keysAt: () => expect.fail('asked for keys') as never };
    const signature = new ServerSignature(config, jwks, () => NOW);
    const token = await signed('RS256', pairs.rsa.privateKey);
    await expect(
      signature.verify(token, { jwksUri: undefined }, AbortSignal.timeout(5000)),
    ).rejects.toBeInstanceOf(TypeError);
  });
});
