import { inspect } from 'node:util';
import { errors, SignJWT } from 'jose';
import { expect, it } from 'vitest';
import { verifyJwt } from './verify-jwt.js';

const KEY = Buffer.from('kY8vX2pQ7rT4mN9bL3cZ6wF1hJ5sD0gA');
const PRIVATE = { nonce: 'n-0S6_WzA2Mj-of-this-login', email: 'hanako@example.com' };

function signed(claims: Readonly<Record<string, unknown>>): Promise<string> {
  return new SignJWT({ ...PRIVATE, ...claims }).setProtectedHeader({ alg: 'HS256' }).sign(KEY);
}

it.each([
  [{ exp: 1 }, errors.JWTExpired, 'exp', 'check_failed'],
  [{ exp: 'tomorrow' }, errors.JWTClaimValidationFailed, 'exp', 'invalid'],
  [{ nbf: 9_999_999_999 }, errors.JWTClaimValidationFailed, 'nbf', 'check_failed'],
])('says what is wrong with %j, and shows no other claim', async (claims, Kind, claim, reason) => {
  const error: unknown = await verifyJwt(await signed(claims), KEY, {}).catch(
    (one: unknown) => one,
  );
  expect(error).toBeInstanceOf(Kind);
  expect(error).toMatchObject({ claim, reason, message: expect.stringContaining(`"${claim}"`) });
  const shown = inspect(error, { depth: 10, showHidden: true });
  for (const value of Object.values(PRIVATE)) expect(shown).not.toContain(value);
});

it('leaves other errors and the result as they are', async () => {
  const token = await signed({ exp: 9_999_999_999 });
  const { payload } = await verifyJwt(token, () => KEY, {});
  expect(payload).toMatchObject(PRIVATE);
  const wrong = verifyJwt(token, Buffer.from('another key of the same length'), {});
  await expect(wrong).rejects.toBeInstanceOf(errors.JWSSignatureVerificationFailed);
});
