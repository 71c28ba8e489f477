import { generateKeyPairSync, sign } from 'node:crypto';
import { errors, exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readJws } from './compact-jws.js';
import { JwksCache } from './jwks.js';
import { unavailable } from './unavailable.js';
import { verifyWithJwks } from './verify-with-jwks.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ALGORITHMS = ['ES256', 'RS256'];
const UNAVAILABLE = { code: 'temporarily_unavailable' };
const NO_KEY = { code: new errors.JWKSNoMatchingKey().code };
const BAD_SIGNATURE = { code: new errors.JWSSignatureVerificationFailed().code };

interface Pair {
  readonly jwk: JWK;
  readonly sign: (kid?: string) => Promise<string>;
}

async function pair(kid: string | undefined, alg = 'ES256'): Promise<Pair> {
  const { publicKey, privateKey } = await generateKeyPair(alg);
  const jwk = { ...(await exportJWK(publicKey)), ...(kid === undefined ? {} : { kid }) };
  return {
    jwk,
    sign: (named) => {
      const header = { alg, ...(named === undefined ? {} : { kid: named }) };
      return new SignJWT({ sub: 'x' }).setProtectedHeader(header).sign(privateKey);
    },
  };
}

let a: Pair, b: Pair, rsa: Pair, nameless: Pair;
let now: number;
let keys: JWK[] | 'down' | (() => Promise<{ keys: JWK[] }>);
let fetches: number;

beforeAll(async () => {
  [a, b, rsa, nameless] = await Promise.all([
    pair('a'),
    pair('b'),
    pair('rsa', 'RS256'),
    pair(undefined),
  ]);
});

beforeEach(() => {
  now = 1_000_000;
  keys = [a.jwk];
  fetches = 0;
});

function cache(): JwksCache {
  return new JwksCache({
    async fetchJwks() {
      fetches += 1;
      if (keys === 'down') throw unavailable('no network');
      return typeof keys === 'function' ? keys() : { keys };
    },
    now: () => now,
  });
}

const settle = () => new Promise((resolve) => setImmediate(resolve));
const verify = async (made: JwksCache, token: string, signal?: AbortSignal) =>
  verifyWithJwks(readJws(token, ALGORITHMS), made, signal);

describe('JwksCache', () => {
  it('fetches once for 10 minutes, then again', async () => {
    const made = cache();
    await verify(made, await a.sign('a'));
    now += 10 * MINUTE - 1;
    await verify(made, await a.sign('a'));
    expect(fetches).toBe(1);
    now += 1;
    await verify(made, await a.sign('a'));
    expect(fetches).toBe(2);
  });

  it('forgets a key that is no longer published', async () => {
    const made = cache();
    const token = await a.sign('a');
    await verify(made, token);
    keys = [b.jwk];
    now += 10 * MINUTE;
    await expect(verify(made, token)).rejects.toMatchObject(NO_KEY);
  });

  it('shares one fetch among those who need it', async () => {
    const made = cache();
    const token = await a.sign('a');
    await Promise.all(Array.from({ length: 50 }, () => verify(made, token)));
    expect(fetches).toBe(1);
  });

  it('finds a key that was rotated just before signing, right after an ordinary fetch', async () => {
    const made = cache();
    await verify(made, await a.sign('a'));
    keys = [a.jwk, b.jwk];
    await verify(made, await b.sign('b'));
    expect(fetches).toBe(2);
  });

  it('makes 100 logins with the new key wait for one forced fetch', async () => {
    const made = cache();
    await verify(made, await a.sign('a'));
    keys = [b.jwk];
    const token = await b.sign('b');
    await Promise.all(Array.from({ length: 100 }, () => verify(made, token)));
    expect(fetches).toBe(2);
  });

  it('fetches once per 30 s for 10,000 unknown kids', async () => {
    const made = cache();
    await verify(made, await a.sign('a'));
    const ask = made.getKey();
    const flood = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) {
        const header = { alg: 'ES256', kid: `random-${index}` };
        await expect(ask(header, { payload: '', signature: '' })).rejects.toMatchObject(NO_KEY);
      }
    };
    await flood(10_000);
    expect(fetches).toBe(2);
    now += MINUTE / 2 - 1;
    await flood(10);
    expect(fetches).toBe(2);
    now += 1;
    await flood(10);
    expect(fetches).toBe(3);
  });

  it('fetches once per 30 s for 1,000 unknown kids at once', async () => {
    const ask = cache().getKey();
    const asked = Array.from({ length: 1000 }, (_, index) =>
      ask({ alg: 'ES256', kid: `${index}` }, { payload: '', signature: '' }),
    );
    const results = await Promise.allSettled(asked.map((key) => Promise.resolve(key)));
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    expect(fetches).toBe(2);
  });

  it('does not count ordinary fetches into the cool-down, nor forget known keys in it', async () => {
    const made = cache();
    await verify(made, await a.sign('a'));
    await expect(verify(made, await b.sign('b'))).rejects.toMatchObject(NO_KEY);
    await verify(made, await a.sign('a'));
    now += MINUTE / 2;
    keys = [a.jwk, b.jwk];
    await verify(made, await b.sign('b'));
    expect(fetches).toBe(3);
  });
});

describe('while the server is down', () => {
  it('there are no keys to begin with: unavailable, asked again at the next login', async () => {
    const made = cache();
    keys = 'down';
    const token = await a.sign('a');
    await expect(verify(made, token)).rejects.toMatchObject(UNAVAILABLE);
    keys = [a.jwk];
    await verify(made, token);
    expect(fetches).toBe(2);
  });

  it('a login that joined a failing fetch asks again', async () => {
    const made = cache();
    let fail = (_error: unknown): void => {};
    keys = () => new Promise((_resolve, reject) => (fail = reject));
    const token = await a.sign('a');
    const first = verify(made, token);
    const later = Promise.all([verify(made, token), verify(made, token)]);
    await settle();
    keys = [a.jwk];
    fail(unavailable('no answer within 5 s'));
    await expect(first).rejects.toMatchObject(UNAVAILABLE);
    expect(await later).toHaveLength(2);
    expect(fetches).toBe(2);
  });

  it('known keys are good for a day after the last success, the server is asked every 30 s', async () => {
    const made = cache();
    const token = await a.sign('a');
    await verify(made, token);
    keys = 'down';
    now += 23 * HOUR;
    for (let second = 0; second < 60; second += 1) {
      await verify(made, token);
      now += 1000;
    }
    expect(fetches).toBe(3);
    now += HOUR;
    await expect(verify(made, token)).rejects.toMatchObject(UNAVAILABLE);
    keys = [a.jwk];
    await verify(made, token);
  });

  it('an unknown kid is unavailable first and unknown within the cool-down', async () => {
    const made = cache();
    await verify(made, await a.sign('a'));
    keys = 'down';
    const token = await b.sign('b');
    await expect(verify(made, token)).rejects.toMatchObject(UNAVAILABLE);
    await expect(verify(made, token)).rejects.toMatchObject(NO_KEY);
    await verify(made, await a.sign('a'));
    expect(fetches).toBe(2);
  });

  it('a hanging fetch does not hold up those who have keys', async () => {
    const made = cache();
    const token = await a.sign('a');
    await verify(made, token);
    let respond = (_jwks: { keys: JWK[] }): void => {};
    keys = () => new Promise((resolve) => (respond = resolve));
    now += 10 * MINUTE;
    const waiting = verify(made, token);
    await verify(made, token);
    respond({ keys: [a.jwk] });
    await waiting;
  });

  it('an unknown kid waits for the fetch under way before it forces one', async () => {
    const made = cache();
    await verify(made, await a.sign('a'));
    let respond = (_jwks: { keys: JWK[] }): void => {};
    keys = () => new Promise((resolve) => (respond = resolve));
    now += 10 * MINUTE;
    const ordinary = verify(made, await a.sign('a'));
    const unknown = verify(made, await b.sign('b'));
    await new Promise((resolve) => setImmediate(resolve));
    respond({ keys: [a.jwk, b.jwk] });
    await Promise.all([ordinary, unknown]);
    expect(fetches).toBe(2);
  });

  it('an unknown kid forces a fetch when the one under way began too early', async () => {
    const made = cache();
    await verify(made, await a.sign('a'));
    let respond = (_jwks: { keys: JWK[] }): void => {};
    keys = () => new Promise((resolve) => (respond = resolve));
    now += 10 * MINUTE;
    const ordinary = verify(made, await a.sign('a'));
    const unknown = verify(made, await b.sign('b'));
    await new Promise((resolve) => setImmediate(resolve));
    keys = [a.jwk, b.jwk];
    respond({ keys: [a.jwk] });
    await Promise.all([ordinary, unknown]);
    expect(fetches).toBe(3);
  });

  it('a caller who gives up leaves the fetch to the others', async () => {
    const made = cache();
    const token = await a.sign('a');
    let respond = (_jwks: { keys: JWK[] }): void => {};
    keys = () => new Promise((resolve) => (respond = resolve));
    const controller = new AbortController();
    const leaving = verify(made, token, controller.signal);
    const staying = verify(made, token);
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await expect(leaving).rejects.toMatchObject(UNAVAILABLE);
    respond({ keys: [a.jwk] });
    await staying;
    expect(fetches).toBe(1);
  });
});

describe('verifyWithJwks', () => {
  it('chooses by algorithm when there is no kid', async () => {
    keys = [a.jwk, rsa.jwk];
    await verify(cache(), await rsa.sign());
    await verify(cache(), await a.sign());
  });

  it('tries every key that fits when there is no kid', async () => {
    keys = [a.jwk, nameless.jwk, b.jwk];
    for (const signer of [a, nameless, b]) await verify(cache(), await signer.sign());
  });

  it('tries every key of one kid', async () => {
    keys = [a.jwk, { ...b.jwk, kid: 'a' }];
    await verify(cache(), await b.sign('a'));
  });

  it('passes over a key that cannot be imported', async () => {
    keys = [{ ...a.jwk, x: 'AA' }, b.jwk];
    await verify(cache(), await b.sign());
    keys = [{ ...a.jwk, x: 'AA' }];
    await expect(verify(cache(), await a.sign('a'))).rejects.toMatchObject(NO_KEY);
  });

  it('refuses when none of several keys fits', async () => {
    keys = [a.jwk, nameless.jwk];
    await expect(verify(cache(), await b.sign())).rejects.toMatchObject(BAD_SIGNATURE);
    await expect(verify(cache(), await b.sign('a'))).rejects.toMatchObject(BAD_SIGNATURE);
  });

  it('takes a rotated key without a kid after one forced fetch', async () => {
    const made = cache();
    await verify(made, await a.sign());
    keys = [b.jwk];
    await verify(made, await b.sign());
    expect(fetches).toBe(2);
    for (let index = 0; index < 10; index += 1) {
      await expect(verify(made, await a.sign())).rejects.toMatchObject(BAD_SIGNATURE);
    }
    expect(fetches).toBe(2);
  });

  it('does not fetch for a bad signature of a known kid', async () => {
    const made = cache();
    await verify(made, await a.sign('a'));
    await expect(verify(made, await b.sign('a'))).rejects.toMatchObject(BAD_SIGNATURE);
    expect(fetches).toBe(1);
  });

  it('hands out the payload that was signed, also with several keys', async () => {
    keys = [a.jwk, b.jwk];
    expect((await verify(cache(), await b.sign())).toString()).toBe('{"sub":"x"}');
  });

  it('takes a key that is too weak for none', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    keys = [publicKey.export({ format: 'jwk' }) as JWK];
    const input = `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.e30`;
    const signature = sign('sha256', Buffer.from(input), privateKey).toString('base64url');
    await expect(verify(cache(), `${input}.${signature}`)).rejects.toThrow('2048 bits');
  });

  it('refuses another algorithm, none and HS256 before it looks for a key', async () => {
    const secret = new TextEncoder().encode('x'.repeat(32));
    const hmac = await new SignJWT({}).setProtectedHeader({ alg: 'HS256', kid: 'a' }).sign(secret);
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`;
    const made = cache();
    for (const token of [hmac, none, '', 'x', 'a.b.c', '..']) {
      await expect(verify(made, token)).rejects.toBeInstanceOf(errors.JOSEError);
    }
    const signed = await rsa.sign('rsa');
    expect(() => readJws(signed, ['ES256'])).toThrow(errors.JOSEAlgNotAllowed);
    expect(fetches).toBe(0);
  });
});
