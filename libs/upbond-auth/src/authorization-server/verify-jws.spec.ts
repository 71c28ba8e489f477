import { constants, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import {
  compactVerify,
  createLocalJWKSet,
  errors,
  importJWK,
  type CryptoKey,
  type JSONWebKeySet,
  type JWK,
  type JWSHeaderParameters,
} from 'jose';
import { describe, expect, it } from 'vitest';
import { readJws } from './compact-jws.js';
import { verifyJws } from './verify-jws.js';

const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const;
type Algorithm = (typeof ALGORITHMS)[number];

const PAYLOAD = { iss: 'https://auth3.upbond.io/', sub: 'did:key:z1', exp: 1_800_000_000 };
const HALF = 32;
/** The order of the group of P-256 (SEC 2 §2.4.2). */
const ORDER = Buffer.from(
  'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
  'hex',
);

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519');
const pairs = { RS256: rsa, PS256: rsa, ES256: ec, EdDSA: ed };
const published = setOf(rsa.publicKey, ec.publicKey, ed.publicKey);

function setOf(...keys: KeyObject[]): JSONWebKeySet {
  return { keys: keys.map((key) => key.export({ format: 'jwk' }) as JWK) };
}

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function signed(
  alg: Algorithm,
  { header = {}, key = pairs[alg].privateKey, payload = PAYLOAD as unknown } = {},
): string {
  const input = `${part({ alg, ...header })}.${part(payload)}`;
  return `${input}.${signature(alg, input, key).toString('base64url')}`;
}

function signature(alg: Algorithm, input: string, key: KeyObject, encoding = 'ieee-p1363'): Buffer {
  const padding =
    alg === 'PS256' ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : {};
  const dsaEncoding = encoding as 'der' | 'ieee-p1363';
  const digest = alg === 'EdDSA' ? null : 'sha256';
  return sign(digest, Buffer.from(input), { key, dsaEncoding, ...padding });
}

function withSignature(token: string, bytes: Uint8Array): string {
  return `${token.slice(0, token.lastIndexOf('.'))}.${Buffer.from(bytes).toString('base64url')}`;
}

function signatureOf(token: string): Buffer {
  return Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url');
}

/** What we make of a token: its payload, or nothing. */
async function ours(token: string, keys = published): Promise<string | undefined> {
  try {
    const jws = readJws(token, ALGORITHMS);
    const key = await createLocalJWKSet(keys)(jws.header as JWSHeaderParameters);
    return verifyJws(jws, key).toString();
  } catch {
    return undefined;
  }
}

/** What `jose` makes of it, by WebCrypto. */
async function theirs(token: string, keys = published): Promise<string | undefined> {
  try {
    const options = { algorithms: [...ALGORITHMS] };
    const { payload } = await compactVerify(token, createLocalJWKSet(keys), options);
    return Buffer.from(payload).toString();
  } catch {
    return undefined;
  }
}

/** RFC 7515 §2: without padding, white space or unused bits that are set. `jose` passes over these. */
function isCanonical(token: string): boolean {
  return token
    .split('.')
    .every((one) => Buffer.from(one, 'base64url').toString('base64url') === one);
}

async function keyFor(alg: string, jwk: JWK): Promise<CryptoKey> {
  return (await importJWK(jwk, alg, { extractable: true })) as CryptoKey;
}

describe('known answers', () => {
  const claims =
    'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ';
  const answers: [string, Algorithm, JWK, string][] = [
    [
      'RFC 7515 A.2',
      'RS256',
      {
        kty: 'RSA',
        n: 'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ',
        e: 'AQAB',
      },
      `eyJhbGciOiJSUzI1NiJ9.${claims}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw`,
    ],
    [
      'RFC 7515 A.3',
      'ES256',
      {
        kty: 'EC',
        crv: 'P-256',
        x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
        y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
      },
      `eyJhbGciOiJFUzI1NiJ9.${claims}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q`,
    ],
    [
      'RFC 8037 A.4',
      'EdDSA',
      { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
      'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
    ],
  ];

  it.each(answers)('%s', async (_, alg, jwk, token) => {
    const key = await keyFor(alg, jwk);
    const jws = readJws(token, [alg]);
    expect(verifyJws(jws, key)).toEqual(Buffer.from(token.split('.')[1] ?? '', 'base64url'));
    const signed = Buffer.from(jws.signed);
    signed[signed.length - 1] = (signed.at(-1) ?? 0) ^ 1;
    expect(() => verifyJws({ ...jws, signed }, key)).toThrow(errors.JWSSignatureVerificationFailed);
  });

  it('PS256, whose signatures are random', async () => {
    expect(await ours(signed('PS256'))).toBe(JSON.stringify(PAYLOAD));
  });
});

describe('the same answer as jose', () => {
  it.each(ALGORITHMS)('to an altered %s token', async (alg) => {
    const seen = { accepted: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(alteration(alg), async (token) => {
        const answer = await ours(token);
        expect(answer).toBe(isCanonical(token) ? await theirs(token) : undefined);
        seen[answer === undefined ? 'refused' : 'accepted'] += 1;
      }),
      { numRuns: 600 },
    );
    expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(20);
  });

  it.each(attempts())('to %s', async (_, token, keys = published) => {
    expect(await ours(token, keys)).toBeUndefined();
    expect(await theirs(token, keys)).toBeUndefined();
  });

  function attempts(): [string, string, JSONWebKeySet?][] {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const token = signed('ES256');
    const input = token.slice(0, token.lastIndexOf('.'));
    const [r, s] = [signatureOf(token).subarray(0, HALF), signatureOf(token).subarray(HALF)];
    const zero = Buffer.alloc(HALF);
    return [
      ['a DER signature', withSignature(token, signature('ES256', input, ec.privateKey, 'der'))],
      ['r of zero', withSignature(token, Buffer.concat([zero, s]))],
      ['s of zero', withSignature(token, Buffer.concat([r, zero]))],
      ['r and s of zero', withSignature(token, Buffer.alloc(2 * HALF))],
      ['r and s of the order', withSignature(token, Buffer.concat([ORDER, ORDER]))],
      ['a longer r', withSignature(token, Buffer.concat([Buffer.alloc(1), r, Buffer.alloc(1), s]))],
      ['an EdDSA signature of zeros', withSignature(signed('EdDSA'), Buffer.alloc(64))],
      ['an RSA signature of zeros', withSignature(signed('RS256'), Buffer.alloc(256))],
      ['an RSA signature of ones', withSignature(signed('RS256'), Buffer.alloc(256, 255))],
      [
        'a longer RSA signature',
        withSignature(
          signed('RS256'),
          Buffer.concat([Buffer.alloc(1), signatureOf(signed('RS256'))]),
        ),
      ],
      ['a key of 1024 bits', signed('RS256', { key: weak.privateKey }), setOf(weak.publicKey)],
      [
        'PS256 and a key of 1024 bits',
        signed('PS256', { key: weak.privateKey }),
        setOf(weak.publicKey),
      ],
      ['ES256 by a key of P-384', signed('ES256', { key: p384.privateKey }), setOf(p384.publicKey)],
      ['RS256 that says PS256', reheaded(signed('RS256'), 'PS256')],
      [
        'PS256 by a key for RS256',
        signed('PS256'),
        { keys: [{ ...jwk(rsa.publicKey), alg: 'RS256' }] },
      ],
      ['a key for encryption', signed('RS256'), { keys: [{ ...jwk(rsa.publicKey), use: 'enc' }] }],
      [
        'a key that does not verify',
        signed('RS256'),
        { keys: [{ ...jwk(rsa.publicKey), key_ops: ['encrypt'] }] },
      ],
      ['an extension', signed('RS256', { header: { crit: ['exp'], exp: 1 } })],
    ];
  }
});

describe('where jose says yes and RFC 8017 §8.1.2 says no', () => {
  it('a PS256 signature without its leading zero', async () => {
    let token = signed('PS256');
    while (signatureOf(token)[0] !== 0) token = signed('PS256');
    const shorter = withSignature(token, signatureOf(token).subarray(1));
    expect(await theirs(shorter)).toBe(JSON.stringify(PAYLOAD));
    expect(await ours(shorter)).toBeUndefined();
    expect(await ours(token)).toBe(JSON.stringify(PAYLOAD));
  });
});

describe('a key', () => {
  const table: [string, Algorithm, string, JWK][] = ALGORITHMS.flatMap((alg) =>
    ALGORITHMS.filter((other) => other !== alg).map((other): [string, Algorithm, string, JWK] => [
      `of ${other} does not verify ${alg}`,
      alg,
      other,
      jwk(pairs[other].publicKey),
    ]),
  );

  it.each(table)('%s', async (_, alg, other, one) => {
    const key = await keyFor(other, one);
    const jws = readJws(signed(alg), ALGORITHMS);
    expect(() => verifyJws(jws, key)).toThrow(new TypeError(`the key is not one for ${alg}`));
    // Also not when it has verified a token of its own algorithm before
    expect(verifyJws(readJws(signed(other as Algorithm), ALGORITHMS), key)).toBeDefined();
    expect(() => verifyJws(jws, key)).toThrow(new TypeError(`the key is not one for ${alg}`));
  });

  it.each(['HS256', 'none', 'RS512', 'toString', '__proto__'])('verifies no %s', async (alg) => {
    const key = await keyFor('RS256', jwk(rsa.publicKey));
    const token = reheaded(signed('RS256'), alg);
    expect(() => verifyJws(readJws(token, [alg]), key)).toThrow(TypeError);
  });

  it('that is private does not verify', async () => {
    const key = await keyFor('ES256', jwk(ec.privateKey));
    expect(() => verifyJws(readJws(signed('ES256'), ALGORITHMS), key)).toThrow(TypeError);
  });
});

describe('another spelling', () => {
  it.each(ALGORITHMS)('of the signature of %s is none', async (alg) => {
    const token = signed(alg);
    for (const bad of [`${token}=`, `${token}\n`, `${token}*`]) {
      expect(await ours(bad)).toBeUndefined();
    }
    // The last character has four bits that decoders pass over
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (const one of last.replace(token.slice(-1), '')) {
      expect(await ours(token.slice(0, -1) + one)).toBeUndefined();
    }
  });

  it('of the payload is refused although it was signed', async () => {
    const key = await keyFor('ES256', jwk(ec.publicKey));
    for (const payload of [`${part(PAYLOAD)}=`, 'e31', 'e3 0', 'é']) {
      const input = `${part({ alg: 'ES256' })}.${payload}`;
      const token = `${input}.${signature('ES256', input, ec.privateKey).toString('base64url')}`;
      expect(() => verifyJws(readJws(token, ALGORITHMS), key)).toThrow(errors.JWSInvalid);
    }
  });
});

function jwk(key: KeyObject): JWK {
  return key.export({ format: 'jwk' }) as JWK;
}

function reheaded(token: string, alg: string): string {
  return `${part({ alg })}${token.slice(token.indexOf('.'))}`;
}

/** Tokens that were signed, and what somebody could make of them. */
function alteration(alg: Algorithm): fc.Arbitrary<string> {
  const texts = fc.dictionary(fc.string({ maxLength: 12 }), fc.string());
  const genuine = texts.map((payload) => signed(alg, { payload }));
  const names = [...ALGORITHMS, 'HS256', 'none', 'None', 'RS384', 'ES384', 'Ed25519', ''];
  const character = fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code));
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 8 });
  return fc.oneof(
    genuine,
    fc.tuple(genuine, fc.nat(2), fc.nat(), fc.integer({ min: 1, max: 255 })).map(flipped),
    fc.tuple(genuine, fc.nat(), character).map(([token, place, by]) => {
      const at = place % token.length;
      return token.slice(0, at) + by + token.slice(at + 1);
    }),
    fc.tuple(genuine, fc.constantFrom(...names)).map(([token, name]) => reheaded(token, name)),
    fc.tuple(genuine, fc.nat(300)).map(([token, length]) => {
      return withSignature(token, signatureOf(token).subarray(0, length));
    }),
    fc.tuple(genuine, bytes).map(([token, more]) => {
      return withSignature(token, Buffer.concat([signatureOf(token), more]));
    }),
    fc.tuple(genuine, genuine).map(([token, other]) => withSignature(token, signatureOf(other))),
    fc.tuple(genuine, fc.nat()).map(([token, at]) => token.slice(0, at % token.length)),
  );
}

/** One byte of one part is another. */
function flipped([token, which, place, by]: [string, number, number, number]): string {
  const parts = token.split('.').map((one) => Buffer.from(one, 'base64url'));
  const bytes = parts[which] ?? Buffer.alloc(0);
  const at = place % bytes.length;
  bytes[at] = (bytes[at] ?? 0) ^ by;
  return parts.map((one) => one.toString('base64url')).join('.');
}
