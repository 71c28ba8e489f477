import fc from 'fast-check';
import { errors, jwtVerify, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { checkTimes } from './jwt-times.js';

const NOW = 1_800_000_000;
const LEEWAY = 60;
const KEY = Buffer.from('kY8vX2pQ7rT4mN9bL3cZ6wF1hJ5sD0gA');

interface Verdict {
  readonly kind: string;
  readonly claim?: unknown;
  readonly reason?: unknown;
}

function verdictOf(error: unknown): Verdict {
  if (error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed) {
    return { kind: error.code, claim: error.claim, reason: error.reason };
  }
  return { kind: error instanceof TypeError ? 'TypeError' : String(error) };
}

function ours(claims: object, at = NOW, leeway = LEEWAY): Verdict {
  try {
    checkTimes({ ...claims }, at, leeway);
    return { kind: 'valid' };
  } catch (error) {
    return verdictOf(error);
  }
}

async function theirs(claims: object, at: number, leeway: number): Promise<Verdict> {
  const token = await new SignJWT({ ...claims }).setProtectedHeader({ alg: 'HS256' }).sign(KEY);
  const options = { currentDate: new Date(at * 1000), clockTolerance: leeway };
  return jwtVerify(token, KEY, options).then(() => ({ kind: 'valid' }), verdictOf);
}

const EXPIRED = { kind: 'ERR_JWT_EXPIRED', claim: 'exp', reason: 'check_failed' };
const AHEAD = {
  kind: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
  claim: 'nbf',
  reason: 'check_failed',
};
const invalid = (claim: string) => ({ ...AHEAD, claim, reason: 'invalid' });

describe('checkTimes', () => {
  it.each<[object, Verdict]>([
    [{}, { kind: 'valid' }],
    [{ exp: NOW - LEEWAY + 1 }, { kind: 'valid' }],
    [{ exp: NOW - LEEWAY }, EXPIRED],
    [{ exp: 0 }, EXPIRED],
    [{ exp: -1 }, EXPIRED],
    [{ nbf: NOW + LEEWAY }, { kind: 'valid' }],
    [{ nbf: NOW + LEEWAY + 1 }, AHEAD],
    [{ iat: NOW + 9999 }, { kind: 'valid' }],
    [{ exp: 'tomorrow' }, invalid('exp')],
    [{ exp: null }, invalid('exp')],
    [{ nbf: '1' }, invalid('nbf')],
    [{ iat: [NOW] }, invalid('iat')],
    // What is said first decides the error code of an ID token
    [{ iat: '1', nbf: NOW + 9999, exp: 0 }, invalid('iat')],
    [{ nbf: NOW + 9999, exp: 'tomorrow' }, AHEAD],
    [{ nbf: NOW + 9999, exp: 0 }, AHEAD],
  ])('%j', (claims, verdict) => {
    expect(ours(claims)).toEqual(verdict);
  });

  it('shows no claim but the one that is wrong', () => {
    const claims = { nonce: 'n-0S6_WzA2Mj', email: 'hanako@example.com' };
    for (const wrong of [{ exp: 1 }, { exp: 'never' }, { nbf: NOW + 9999 }, { iat: 'now' }]) {
      const [name = ''] = Object.keys(wrong);
      try {
        checkTimes({ ...claims, ...wrong } as Record<string, unknown>, NOW, LEEWAY);
        expect.unreachable();
      } catch (error) {
        expect(error).toMatchObject({ payload: {}, message: expect.stringContaining(`"${name}"`) });
      }
    }
  });

  it('says what jose says of all times', async () => {
    const near = fc.integer({ min: -70, max: 70 }).map((seconds) => NOW + seconds);
    const time = fc.oneof(near, fc.double(), fc.constantFrom(null, '1', true, 0, -1), fc.integer());
    const at = fc.oneof(
      near,
      near.map((seconds) => seconds + 0.7),
      fc.constantFrom(0, 1e12, 8.64e12, 8.64e12 + 1, 1e300),
    );
    const claims = fc.record({ exp: time, nbf: time, iat: time }, { requiredKeys: [] });
    const leeway = fc.constantFrom(0, 30, 60);
    await fc.assert(
      fc.asyncProperty(claims, at, leeway, async (one, when, seconds) => {
        // As they arrive: JSON has no NaN
        const arrived = JSON.parse(JSON.stringify(one)) as object;
        expect(ours(arrived, when, seconds)).toEqual(await theirs(arrived, when, seconds));
      }),
      { numRuns: 2000 },
    );
  });
});
