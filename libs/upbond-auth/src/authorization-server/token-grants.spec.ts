import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { Http, HttpInit } from './http.js';
import { TokenEndpoint } from './token-endpoint.js';

const CONFIG = {
  clientId: 'client',
  clientAuthentication: 'client_secret_post',
  clientSecrets: ['the-new-secret', 'the-old-secret'],
  clientAssertionKeys: [],
  clientAssertionAudience: 'issuer',
  scope: ['openid'],
} as const;
const METADATA = { tokenEndpoint: 'https://host/oauth/token', acceptedIssuers: ['https://host'] };
const REFRESH = { refreshToken: 'the-refresh-token', grantedScope: ['openid', 'read'] };
const CODE = { code: 'the-code', codeVerifier: 'v', redirectUri: 'https://app/callback' };
const JSON_TYPE = { 'content-type': 'application/json' };
const GOOD = { access_token: 'at', token_type: 'Bearer', expires_in: 60 };

const json = (status: number, body: unknown, headers: Record<string, string> = JSON_TYPE) =>
  new Response(JSON.stringify(body), { status, headers });

function endpointThat(...answers: (() => Response)[]) {
  const sent: HttpInit[] = [];
  const fetch: Http['fetch'] = async (_url, init) => {
    sent.push(init);
    const answer = answers[Math.min(sent.length, answers.length) - 1];
    return answer?.() ?? json(200, GOOD);
  };
  const endpoint = new TokenEndpoint(CONFIG, { fetch, close() {} });
  const forms = () =>
    sent.map(({ body }) => Object.fromEntries(new URLSearchParams(body?.toString())));
  return { endpoint, sent, forms };
}

describe('a refresh', () => {
  it.each([
    [{}, {}],
    [{ audience: 'https://api' }, { audience: 'https://api' }],
    [{ scope: ['read'] }, { scope: 'read' }],
    [{ scope: [] }, {}],
    [
      { audience: 'a', scope: ['read', 'write'] },
      { audience: 'a', scope: 'read write' },
    ],
  ])('with %j is what RFC 6749 §6 says', async (asked, parameters) => {
    const { endpoint, forms, sent } = endpointThat();
    await endpoint.refresh({ ...REFRESH, ...asked }, METADATA);
    expect(forms()).toEqual([
      {
        grant_type: 'refresh_token',
        refresh_token: 'the-refresh-token',
        ...parameters,
        client_id: 'client',
        client_secret: 'the-new-secret',
      },
    ]);
    expect(sent[0]?.repeatUnsent).toBe(true);
  });

  it.each([
    [undefined, undefined, ['openid', 'read']],
    [['read'], undefined, ['read']],
    [['read'], 'read:less', ['read:less']],
    [undefined, 'openid', ['openid']],
    [undefined, '', []],
  ])('asking for %j, answered %j: %j (RFC 6749 §5.1)', async (scope, answered, granted) => {
    const body = { ...GOOD, ...(answered !== undefined && { scope: answered }) };
    const { endpoint } = endpointThat(() => json(200, body));
    const received = await endpoint.refresh({ ...REFRESH, scope }, METADATA);
    expect(received.scope).toEqual(granted);
  });

  it.each([
    [{}, undefined],
    [{ refresh_token: null }, undefined],
    [{ refresh_token: 'new' }, 'new'],
  ])('answered with %j', async (members, refreshToken) => {
    const { endpoint } = endpointThat(() => json(200, { ...GOOD, ...members }));
    expect((await endpoint.refresh(REFRESH, METADATA)).refreshToken).toBe(refreshToken);
  });

  const html = { 'content-type': 'text/html' };
  const said = { error: 'invalid_grant' };
  it.each([
    ['400', () => json(400, said)],
    ['401', () => json(401, said)],
    ['403 as text/html', () => json(403, said, html)],
    ['200', () => json(200, said)],
    ['200 as text/html', () => json(200, said, html)],
    ['200 without a content type', () => new Response(Buffer.from(JSON.stringify(said)))],
    ['201', () => json(201, said)],
    ['302', () => json(302, said)],
    ['307 as text/html', () => json(307, said, html)],
    ['200 beside tokens', () => json(200, { ...GOOD, ...said })],
  ])('invalid_grant counts under %s', async (_title, answer) => {
    const { endpoint, sent } = endpointThat(answer);
    await expect(endpoint.refresh(REFRESH, METADATA)).rejects.toMatchObject({
      code: 'invalid_grant',
    });
    expect(sent).toHaveLength(1);
  });

  it.each([429, 500, 502, 503, 599])('invalid_grant under %i is an outage', async (status) => {
    const headers = { ...JSON_TYPE, 'retry-after': '30' };
    const { endpoint } = endpointThat(() => json(status, said, headers));
    await expect(endpoint.refresh(REFRESH, METADATA)).rejects.toMatchObject({
      code: 'temporarily_unavailable',
      retryAfterSeconds: 30,
      headers: { 'Retry-After': '30' },
    });
  });

  it('has no Retry-After where the server gave none', async () => {
    const { endpoint } = endpointThat(() => json(503, {}));
    const error: unknown = await endpoint.refresh(REFRESH, METADATA).catch((e: unknown) => e);
    expect(error).toMatchObject({ retryAfterSeconds: undefined, headers: {} });
  });

  it('never says the refresh token, a secret or a JWT in its details', async () => {
    const jwt = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl';
    const error_description = `the-refresh-token the-new-secret the-old-secret ${jwt} end`;
    const { endpoint } = endpointThat(() =>
      json(400, { error: 'invalid_grant', error_description }),
    );
    await expect(endpoint.refresh(REFRESH, METADATA)).rejects.toMatchObject({
      detail: expect.stringContaining(
        '"[redacted] [redacted] [redacted] [redacted] end"',
      ) as string,
    });
  });
});

describe('a client credentials grant', () => {
  it('is what RFC 6749 §4.4.2 says', async () => {
    const { endpoint, forms, sent } = endpointThat();
    await endpoint.clientCredentials({ audience: 'https://api', scope: ['a', 'b'] }, METADATA);
    await endpoint.clientCredentials({ audience: 'https://api' }, METADATA);
    const always = {
      grant_type: 'client_credentials',
      audience: 'https://api',
      client_id: 'client',
      client_secret: 'the-new-secret',
    };
    expect(forms()).toEqual([{ ...always, scope: 'a b' }, always]);
    expect(sent.map(({ repeatUnsent }) => repeatUnsent)).toEqual([true, true]);
  });

  it('ignores what only users have (RFC 6749 §4.4.3)', async () => {
    const { endpoint } = endpointThat(() =>
      json(200, { ...GOOD, refresh_token: 'rt', id_token: 42 }),
    );
    const received = await endpoint.clientCredentials({ audience: 'a' }, METADATA);
    expect(received).toMatchObject({ accessToken: 'at', scope: [] });
    expect(received.refreshToken ?? received.idToken).toBeUndefined();
  });
});

describe('two credentials', () => {
  const refused = () => json(401, { error: 'invalid_client' });
  const grants: [string, (endpoint: TokenEndpoint) => Promise<unknown>][] = [
    ['code', (endpoint) => endpoint.exchangeCode(CODE, METADATA)],
    ['refresh token', (endpoint) => endpoint.refresh(REFRESH, METADATA)],
    ['client', (endpoint) => endpoint.clientCredentials({ audience: 'a' }, METADATA)],
  ];

  it.each(grants)('%s: the other one after invalid_client, then remembered', async (_name, ask) => {
    const { endpoint, forms } = endpointThat(refused, () => json(200, GOOD));
    await ask(endpoint);
    await ask(endpoint);
    expect(forms().map((form) => form['client_secret'])).toEqual([
      'the-new-secret',
      'the-old-secret',
      'the-old-secret',
    ]);
  });

  it.each(grants)('%s: both refused, each asked once', async (_name, ask) => {
    const { endpoint, sent } = endpointThat(refused);
    await expect(ask(endpoint)).rejects.toMatchObject({ code: 'invalid_client' });
    expect(sent).toHaveLength(2);
  });

  it.each([
    ['invalid_grant', () => json(400, { error: 'invalid_grant' })],
    ['a bare 401', () => new Response(null, { status: 401 })],
    ['invalid_client under 503', () => json(503, { error: 'invalid_client' })],
  ])('%s tries no other one', async (_title, answer) => {
    const { endpoint, sent } = endpointThat(answer);
    await expect(endpoint.exchangeCode(CODE, METADATA)).rejects.toBeInstanceOf(UpbondAuthException);
    expect(sent).toHaveLength(1);
  });
});

describe('whatever the server answers', () => {
  it('is tokens or one of our codes, and at most two requests', async () => {
    const code = fc.constantFrom('invalid_grant', 'invalid_client', 'x', 'login_refused', '');
    const error = fc.oneof(code, fc.jsonValue());
    const body = fc.oneof(
      fc.record({ error, error_description: fc.jsonValue() }, { requiredKeys: [] }),
      fc.record({ ...mapValues(GOOD), scope: fc.jsonValue(), error }, { requiredKeys: [] }),
      fc.jsonValue(),
    );
    const text = fc.oneof(
      body.map((value) => JSON.stringify(value)),
      fc.string(),
    );
    const status = fc.constantFrom(200, 201, 302, 400, 401, 403, 404, 418, 429, 500, 503);
    const type = fc.constantFrom('application/json', 'text/html', 'application/problem+json');
    await fc.assert(
      fc.asyncProperty(text, status, type, async (answer, code_, contentType) => {
        const headers = { 'content-type': contentType };
        const { endpoint, sent } = endpointThat(
          () => new Response(answer, { status: code_, headers }),
        );
        const outcome: unknown = await endpoint.refresh(REFRESH, METADATA).catch((e: unknown) => e);
        expect(sent.length).toBeLessThanOrEqual(2);
        if (code_ >= 500 || code_ === 429) {
          expect(outcome).toMatchObject({ code: 'temporarily_unavailable' });
        } else if (outcome instanceof UpbondAuthException) {
          expect(outcome.code).not.toMatch(/temporarily_unavailable|login_refused/);
          expect((outcome.code === 'invalid_grant') === saysInvalidGrant(answer)).toBe(true);
        } else {
          expect(code_).toBe(200);
          expect(outcome).toMatchObject({ accessToken: 'at', tokenType: 'Bearer' });
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

function mapValues(members: Record<string, unknown>): Record<string, fc.Arbitrary<unknown>> {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name, fc.constant(value)]),
  );
}

function saysInvalidGrant(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return (value as { error?: unknown } | null)?.error === 'invalid_grant';
  } catch {
    return false;
  }
}
