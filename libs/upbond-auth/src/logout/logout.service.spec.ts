import { Logger } from '@nestjs/common';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { unavailable } from '../authorization-server/unavailable.js';
import type { Exchange } from '../exchange/exchange.js';
import { LogoutService } from './logout.service.js';

type Parameters = ConstructorParameters<typeof LogoutService>;

const ORIGIN = 'https://app.test';
const CONFIG = {
  clientId: 'client',
  domain: 'https://login.test',
  deadlineSeconds: 0.2,
  endpoints: { logoutEndpoint: undefined },
  postLogoutRedirectUri: `${ORIGIN}/`,
  allowedPostLogoutRedirectUris: [`${ORIGIN}/`, `${ORIGIN}/bye`],
  allowedOrigins: [ORIGIN, 'https://spa.test'],
  dangerouslyAllowMissingOrigin: false,
};
const SESSION = { tokenSet: { refreshToken: 'the refresh token', idToken: 'an.id.token' } };
const REVOCATION = 'https://login.test/oauth/revoke';
const URL_OF_LOGOUT =
  'https://login.test/v2/logout?client_id=client&returnTo=https%3A%2F%2Fapp.test%2F';

const done: string[] = [];
const end = vi.fn<() => Promise<unknown>>();
const metadata = vi.fn<() => Promise<unknown>>();
const revoke = vi.fn<(...args: unknown[]) => Promise<void>>();

function service(): LogoutService {
  const newest = async (session: unknown) => session;
  const parts: unknown[] = [CONFIG, { end }, { metadata }, { revoke }, { newest }];
  return new LogoutService(...(parts as Parameters));
}

function exchange(
  headers: Record<string, string> = {},
  { method = 'POST', query = '' } = {},
): Exchange {
  const forbidCaching = () => void done.push('no cache');
  const parts = { method, headers, query: new URLSearchParams(query), forbidCaching };
  return parts as unknown as Exchange;
}

beforeAll(() => Logger.overrideLogger(false));
beforeEach(() => {
  done.length = 0;
  vi.resetAllMocks();
  end.mockImplementation(async () => (done.push('ended'), SESSION));
  metadata.mockImplementation(
    async () => (done.push('metadata'), { revocationEndpoint: REVOCATION }),
  );
  revoke.mockImplementation(async () => void done.push('revoked'));
});

describe('LogoutService.end', () => {
  it('ends the local session first, then revokes, then says where to go', async () => {
    expect(await service().end(exchange(), undefined)).toBe(URL_OF_LOGOUT);
    expect(done).toEqual(['no cache', 'ended', 'metadata', 'revoked']);
    expect(revoke).toHaveBeenCalledWith(
      'the refresh token',
      { revocationEndpoint: REVOCATION },
      expect.any(AbortSignal) as AbortSignal,
    );
  });

  it('works without a session, and without a refresh token', async () => {
    end.mockResolvedValueOnce(undefined);
    expect(await service().end(exchange(), undefined)).toBe(URL_OF_LOGOUT);
    end.mockResolvedValueOnce({ tokenSet: {} });
    expect(await service().end(exchange(), undefined)).toBe(URL_OF_LOGOUT);
    expect(revoke).not.toHaveBeenCalled();
  });

  it('goes to the end_session_endpoint with the ID token', async () => {
    const endSessionEndpoint = 'https://login.test/oidc/logout';
    metadata.mockResolvedValue({ endSessionEndpoint });
    const url = new URL(await service().end(exchange(), undefined));
    expect(url.searchParams.get('id_token_hint')).toBe('an.id.token');
    expect(revoke).not.toHaveBeenCalled();
  });

  it.each([
    ['without metadata', () => metadata.mockRejectedValue(unavailable('down'))],
    ['when the revocation fails', () => revoke.mockRejectedValue(unavailable('down'))],
    ['when it fails otherwise', () => revoke.mockRejectedValue(new TypeError('a mistake'))],
  ])('succeeds %s', async (_name, arrange) => {
    arrange();
    expect(await service().end(exchange(), undefined)).toBe(URL_OF_LOGOUT);
    expect(end).toHaveBeenCalledOnce();
  });

  it('gives the server one deadline altogether', async () => {
    revoke.mockImplementation(
      (_token, _endpoint, signal) =>
        new Promise((_resolve, reject) => {
          (signal as AbortSignal).addEventListener('abort', () => reject(unavailable('late')));
        }),
    );
    expect(await service().end(exchange(), undefined)).toBe(URL_OF_LOGOUT);
  });

  it.each([
    ['a form', { returnTo: `${ORIGIN}/bye` }, ''],
    ['the query', undefined, `?returnTo=${ORIGIN}/bye`],
    ['a form before the query', { returnTo: `${ORIGIN}/bye` }, '?returnTo=https://evil.test/'],
  ])('returns to a listed page from %s', async (_name, body, query) => {
    const url = new URL(await service().end(exchange({}, { query }), body));
    expect(url.searchParams.get('returnTo')).toBe(`${ORIGIN}/bye`);
  });
});

describe('LogoutService.isWanted', () => {
  const click = {
    'sec-fetch-site': 'same-origin',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
    'sec-fetch-user': '?1',
  };

  it.each([
    ['a form of ours', 'POST', { 'sec-fetch-site': 'same-origin' }],
    ['an old browser', 'POST', { origin: ORIGIN }],
    ['an allowed origin', 'POST', { 'sec-fetch-site': 'cross-site', origin: 'https://spa.test' }],
    ['a click', 'GET', click],
  ])('%s', (_name, method, headers) => {
    expect(service().isWanted(exchange(headers, { method }))).toBe(true);
  });

  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }],
    ['a sibling', { 'sec-fetch-site': 'same-site', origin: 'https://sibling.app.test' }],
    ['an old browser at another site', { origin: 'https://evil.test' }],
    ['a sandbox', { origin: 'null' }],
    ['nobody', {}],
  ])('refuses a form of %s', (_name, headers) => {
    expect(() => service().isWanted(exchange(headers))).toThrow(
      expect.objectContaining({ code: 'cross_site_request' }) as Error,
    );
  });

  it('asks on every other GET', () => {
    const headers = { ...click, 'sec-fetch-site': 'cross-site' };
    expect(service().isWanted(exchange(headers, { method: 'GET' }))).toBe(false);
    expect(service().isWanted(exchange({ origin: ORIGIN }, { method: 'GET' }))).toBe(false);
  });
});
