import { Logger } from '@nestjs/common';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { unavailable } from '../authorization-server/unavailable.js';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { SingleUse } from '../shared-memory/single-use.js';
import { BackchannelLogoutService } from './backchannel-logout.service.js';
import type { LogoutTokenClaims } from './logout-token-claims.js';

type Parameters = ConstructorParameters<typeof BackchannelLogoutService>;

const NOW = 1_700_000_000.25;
const CONFIG = { clientId: 'client', deadlineSeconds: 5, leewaySeconds: 60 };
const CLAIMS: LogoutTokenClaims = {
  iss: 'https://login.test',
  iat: NOW,
  jti: 'one',
  sub: 'the subject',
  sid: 'the sid',
};
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const REQUEST = { headers: FORM, body: { logout_token: 'a token' } };

let now = NOW;
let claims = CLAIMS;
const revoked: unknown[][] = [];
type Revoke = (...args: unknown[]) => Promise<void>;
type Verify = (token: string, findMetadata: () => Promise<object>) => Promise<LogoutTokenClaims>;

const revokeBySid = vi.fn<Revoke>(async (...args) => void revoked.push(['sid', ...args]));
const revokeBySubject = vi.fn<Revoke>(async (...args) => void revoked.push(['sub', ...args]));
const verify = vi.fn<Verify>(async (_token, findMetadata) => {
  await findMetadata();
  return claims;
});
const metadata = vi.fn<() => Promise<object>>(async () => ({}));

function service(seen: Pick<SingleUse, 'use'> = new SingleUse('jti', 500, () => now)) {
  const parts: unknown[] = [
    CONFIG,
    () => now,
    { metadata },
    { verify },
    seen,
    { revokeBySid, revokeBySubject },
  ];
  return new BackchannelLogoutService(...(parts as Parameters));
}

beforeAll(() => Logger.overrideLogger(false));
beforeEach(() => {
  vi.clearAllMocks();
  revoked.length = 0;
  now = NOW;
  claims = CLAIMS;
});

const SUCCESS = { status: 200, headers: { 'Cache-Control': 'no-store' }, body: undefined };
const REFUSAL = {
  status: 400,
  headers: { 'Cache-Control': 'no-store' },
  body: {
    error: 'invalid_request',
    error_description: 'The logout token cannot be accepted.',
    code: 'logout_token_invalid',
  },
};

describe('BackchannelLogoutService', () => {
  it.each([
    ['by sid when it has one', {}, ['sid', 'the sid', NOW]],
    ['by subject without a sid', { sid: undefined }, ['sub', 'the subject', NOW]],
    ['by sid alone', { sub: undefined }, ['sid', 'the sid', NOW]],
  ])('ends sessions %s', async (_name, changes, expected) => {
    claims = { ...CLAIMS, ...changes };
    expect(await service().answer(REQUEST)).toEqual(SUCCESS);
    expect(revoked).toEqual([expected]);
  });

  it.each([
    ['now, when our clock is behind', NOW + 50, NOW],
    ['now, when the token was quick', NOW - 10, NOW],
    ['a leeway after the token was made, when it was slow', NOW - 100, NOW - 40],
  ])('ends what began before %s', async (_name, iat, createdBefore) => {
    claims = { ...CLAIMS, iat };
    await service().answer(REQUEST);
    expect(revoked).toEqual([['sid', 'the sid', createdBefore]]);
  });

  it('refuses a token that has come before, and ends only what certainly began before it', async () => {
    const instance = service();
    expect(await instance.answer(REQUEST)).toEqual(SUCCESS);
    expect(await instance.answer(REQUEST)).toEqual(REFUSAL);
    expect(revoked).toHaveLength(2);
    expect(revoked[1]).toEqual(['sid', 'the sid', CLAIMS.iat - CONFIG.leewaySeconds]);
    claims = { ...CLAIMS, jti: 'two' };
    expect(await instance.answer(REQUEST)).toEqual(SUCCESS);
  });

  it.each([
    ['no content type', { body: REQUEST.body, headers: {} }],
    ['JSON', { body: REQUEST.body, headers: { 'content-type': 'application/json' } }],
    ['no body', { headers: FORM }],
    ['no field', { headers: FORM, body: {} }],
    ['the field twice', { headers: FORM, body: { logout_token: ['a', 'b'] } }],
    ['an object', { headers: FORM, body: { logout_token: { a: 'b' } } }],
  ])('refuses %s', async (_name, request) => {
    expect(await service().answer(request)).toEqual(REFUSAL);
    expect(verify).not.toHaveBeenCalled();
  });

  it('says 503 while there are no keys, and forgets nothing', async () => {
    const headers = { 'Retry-After': '7' };
    verify.mockRejectedValueOnce(new UpbondAuthException('temporarily_unavailable', { headers }));
    const instance = service();
    expect(await instance.answer(REQUEST)).toMatchObject({
      status: 503,
      headers: { 'Cache-Control': 'no-store', 'Retry-After': '7' },
      body: { error: 'temporarily_unavailable', code: 'temporarily_unavailable' },
    });
    metadata.mockRejectedValueOnce(unavailable('no network'));
    expect(await instance.answer(REQUEST)).toMatchObject({
      status: 503,
      headers: { 'Retry-After': '30' },
    });
    expect(await instance.answer(REQUEST)).toEqual(SUCCESS);
  });

  it('takes a token again whose sessions could not be ended, and means the same ones', async () => {
    revokeBySid.mockRejectedValueOnce(new UpbondAuthException('session_store_unavailable'));
    const instance = service();
    expect(await instance.answer(REQUEST)).toMatchObject({
      status: 503,
      body: { code: 'session_store_unavailable' },
    });
    now += 30;
    expect(await instance.answer(REQUEST)).toEqual(SUCCESS);
    expect(revoked).toEqual([['sid', 'the sid', NOW]]);
    expect(await instance.answer(REQUEST)).toEqual(REFUSAL);
  });

  it('takes a token again that could not be remembered', async () => {
    const seen = new SingleUse('jti', 500, () => now);
    const use = vi.fn<SingleUse['use']>((value) => seen.use(value));
    use.mockImplementationOnce(async (value) => {
      await seen.use(value);
      throw new Error('connection lost');
    });
    const instance = service({ use });
    expect(await instance.answer(REQUEST)).toMatchObject({ status: 503 });
    expect(revoked).toEqual([]);
    expect(await instance.answer(REQUEST)).toEqual(SUCCESS);
    expect(await instance.answer(REQUEST)).toEqual(REFUSAL);
  });
});
