import { describe, expect, it } from 'vitest';
import { startDeadline } from './deadline.js';
import type { Http, HttpInit } from './http.js';
import { TokenEndpoint } from './token-endpoint.js';
import { unavailable } from './unavailable.js';

const CONFIG = {
  clientId: 'client',
  clientAuthentication: 'client_secret_post',
  clientSecrets: ['the-client-secret'],
  clientAssertionKeys: [],
  clientAssertionAudience: 'issuer',
  scope: ['openid'],
} as const;
const METADATA = { tokenEndpoint: 'https://host/oauth/token', acceptedIssuers: ['https://host'] };
const EXCHANGE = {
  code: 'the-code',
  codeVerifier: 'the-verifier',
  redirectUri: 'https://app/callback?x=1',
};
const JSON_TYPE = { 'content-type': 'application/json' };
const GOOD = { access_token: 'at', token_type: 'Bearer', id_token: 'a.b.c', expires_in: 60 };

function stub(answer: () => Response): { http: Http; sent: [string, HttpInit][] } {
  const sent: [string, HttpInit][] = [];
  const fetch: Http['fetch'] = async (url, init) => {
    sent.push([url, init]);
    return answer();
  };
  return { http: { fetch, close() {} }, sent };
}

function exchange(answer: () => Response) {
  return new TokenEndpoint(CONFIG, stub(answer).http).exchangeCode(EXCHANGE, METADATA);
}

const json = (status: number, body: unknown, headers: Record<string, string> = JSON_TYPE) =>
  new Response(JSON.stringify(body), { status, headers });

describe('the token request', () => {
  it('is what RFC 6749 §4.1.3 and RFC 7636 §4.5 say', async () => {
    const { http, sent } = stub(() => json(200, GOOD));
    const deadline = startDeadline(10, undefined);
    await new TokenEndpoint(CONFIG, http).exchangeCode(EXCHANGE, METADATA, deadline);
    deadline.stop();
    const [url, init] = sent[0] ?? [];
    expect(sent).toHaveLength(1);
    expect([url, init?.method]).toEqual([METADATA.tokenEndpoint, 'POST']);
    expect(init?.deadline).toBe(deadline);
    expect(init?.headers).toMatchObject({
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
    });
    expect(Object.fromEntries(new URLSearchParams(init?.body?.toString()))).toEqual({
      grant_type: 'authorization_code',
      code: 'the-code',
      code_verifier: 'the-verifier',
      redirect_uri: EXCHANGE.redirectUri,
      client_id: 'client',
      client_secret: 'the-client-secret',
    });
  });

  it('of a public client has no secret', async () => {
    const { http, sent } = stub(() => json(200, GOOD));
    const config = { ...CONFIG, clientAuthentication: 'none', clientSecrets: [] } as const;
    await new TokenEndpoint(config, http).exchangeCode(EXCHANGE, METADATA);
    expect(sent[0]?.[1].body?.toString()).not.toContain('client_secret');
  });

  it('goes to http on loopback', async () => {
    const { http, sent } = stub(() => json(200, GOOD));
    const metadata = { ...METADATA, tokenEndpoint: 'http://127.0.0.1:1/oauth/token' };
    await new TokenEndpoint(CONFIG, http).exchangeCode(EXCHANGE, metadata);
    expect(sent[0]?.[0]).toBe(metadata.tokenEndpoint);
  });
});

describe('the token response', () => {
  it('is handed on with the time it came', async () => {
    const before = Math.floor(Date.now() / 1000);
    const tokens = await exchange(() => json(200, GOOD));
    expect(tokens).toMatchObject({ accessToken: 'at', idToken: 'a.b.c', scope: ['openid'] });
    expect(tokens.receivedAt).toBeGreaterThanOrEqual(before);
    expect(Object.isFrozen(tokens)).toBe(true);
  });

  const html = { 'content-type': 'text/html' };
  const cases: [string, () => Response, string][] = [
    ['200 with HTML', () => new Response('<html>', { headers: html }), 'token_response_invalid'],
    ['200 as text/html', () => json(200, GOOD, html), 'token_response_invalid'],
    [
      '200 as a form',
      () => new Response(new URLSearchParams(GOOD as never)),
      'token_response_invalid',
    ],
    ['200 with null', () => json(200, null), 'token_response_invalid'],
    ['200 with an array', () => json(200, [GOOD]), 'token_response_invalid'],
    ['200 with {}', () => json(200, {}), 'token_response_invalid'],
    ['200 with nothing', () => new Response('', { headers: JSON_TYPE }), 'token_response_invalid'],
    ['201', () => json(201, GOOD), 'token_response_invalid'],
    ['204', () => new Response(null, { status: 204 }), 'token_response_invalid'],
    ['302', () => new Response(null, { status: 302 }), 'token_response_invalid'],
    ['200 with an error', () => json(200, { error: 'invalid_grant' }), 'invalid_grant'],
    ['200 with an unknown error', () => json(200, { error: 'x' }), 'token_request_failed'],
    ['200 with error and token', () => json(200, { ...GOOD, error: 'x' }), 'token_request_failed'],
    ['200 with error null', () => json(200, { ...GOOD, error: null }), 'token_request_failed'],
    ['200 with error ""', () => json(200, { ...GOOD, error: '' }), 'token_request_failed'],
    ['400 invalid_grant', () => json(400, { error: 'invalid_grant' }), 'invalid_grant'],
    ['401 invalid_client', () => json(401, { error: 'invalid_client' }), 'invalid_client'],
    ['403 access_denied', () => json(403, { error: 'access_denied' }), 'access_denied'],
    ['400 as text/html', () => json(400, { error: 'invalid_grant' }, html), 'invalid_grant'],
    ['400 of an unknown kind', () => json(400, { error: 'mfa_required' }), 'token_request_failed'],
    [
      '400 with a code of ours',
      () => json(400, { error: 'login_refused' }),
      'token_request_failed',
    ],
    ['400 "constructor"', () => json(400, { error: 'constructor' }), 'token_request_failed'],
    ['400 with HTML', () => new Response('<html>', { status: 400 }), 'token_request_failed'],
    ['400 with null', () => json(400, null), 'token_request_failed'],
    ['400 with tokens', () => json(400, GOOD), 'token_request_failed'],
    ['400 error []', () => json(400, { error: ['invalid_grant'] }), 'token_request_failed'],
    ['500', () => json(500, {}), 'temporarily_unavailable'],
    ['503 with HTML', () => new Response('<html>', { status: 503 }), 'temporarily_unavailable'],
    ['503 with tokens', () => json(503, GOOD), 'temporarily_unavailable'],
    ['503 invalid_grant', () => json(503, { error: 'invalid_grant' }), 'temporarily_unavailable'],
    ['429', () => json(429, {}), 'temporarily_unavailable'],
  ];
  it.each(cases)('%s', async (_name, answer, code) => {
    await expect(exchange(answer)).rejects.toMatchObject({ code });
  });

  it.each([
    ['7', { 'Retry-After': '7' }],
    ['86400', { 'Retry-After': '86400' }],
    ['99999', { 'Retry-After': '86400' }],
    ['-1', {}],
    ['1.5', {}],
    ['Fri, 31 Dec 1999 23:59:59 GMT', {}],
  ])('Retry-After %j is handed on only when sane', async (value, headers) => {
    const answer = () => new Response(null, { status: 503, headers: { 'retry-after': value } });
    await expect(exchange(answer)).rejects.toMatchObject({ headers });
  });

  it('says in the detail what the server said, without what was sent', async () => {
    const error_description = 'the-code with the-verifier of\r\nthe-client-secret is spent';
    for (const status of [400, 503]) {
      await expect(
        exchange(() => json(status, { error: 'invalid_grant', error_description })),
      ).rejects.toMatchObject({
        detail:
          `the token endpoint answered ${status}: "invalid_grant" ` +
          '"[redacted] with [redacted] of\\r\\n[redacted] is spent"',
      });
    }
  });

  it('hands on what the transport says', async () => {
    const failure = unavailable('no network');
    const http: Http = { fetch: () => Promise.reject(failure), close() {} };
    const endpoint = new TokenEndpoint(CONFIG, http);
    await expect(endpoint.exchangeCode(EXCHANGE, METADATA)).rejects.toBe(failure);
  });
});
