import { generateKeyPairSync } from 'node:crypto';
import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { StaleConnectionError } from './http-exchange.js';
import type { Http, HttpInit } from './http.js';
import { RevocationEndpoint } from './revocation-endpoint.js';
import { unavailable } from './unavailable.js';

type Config = ConstructorParameters<typeof RevocationEndpoint>[0];

const DOMAIN = 'https://login.test';
const DOCUMENTED = `${DOMAIN}/oauth/revoke`;
const PUBLISHED = `${DOMAIN}/connect/revocation`;
const TOKEN = 'the refresh token &+';
const CONFIG: Config = {
  clientId: 'client',
  clientSecrets: ['the-client-secret'],
  clientAssertionKeys: [],
  clientAssertionAudience: 'issuer',
  clientAuthentication: 'client_secret_post',
  domain: DOMAIN,
};
const at = (revocationEndpoint: string) => ({
  revocationEndpoint,
  tokenEndpoint: `${DOMAIN}/oauth/token`,
  acceptedIssuers: [DOMAIN],
});
const KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';

/** An endpoint that answers one status after the other, and then 200. */
function endpointThat(answers: readonly (number | Response)[], config: Partial<Config> = {}) {
  const sent: (HttpInit & { url: string })[] = [];
  const left = [...answers];
  const http: Http = {
    async fetch(url, init) {
      sent.push({ url, ...init });
      const answer = left.shift() ?? 200;
      return typeof answer === 'number' ? new Response(null, { status: answer }) : answer;
    },
    close() {},
  };
  const endpoint = new RevocationEndpoint({ ...CONFIG, ...config }, http);
  return { endpoint, sent, types: () => sent.map(({ headers }) => headers['content-type']) };
}

const refusal = (status: number, body: object) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': JSON_TYPE } });

describe('RevocationEndpoint', () => {
  it('sends the form of RFC 7009 §2.1 to a published endpoint', async () => {
    const { endpoint, sent, types } = endpointThat([]);
    await endpoint.revoke(TOKEN, at(PUBLISHED));
    expect(sent).toMatchObject([{ url: PUBLISHED, method: 'POST' }]);
    expect(types()).toEqual([FORM]);
    expect(Object.fromEntries(new URLSearchParams(String(sent[0]?.body)))).toEqual({
      token: TOKEN,
      token_type_hint: 'refresh_token',
      client_id: 'client',
      client_secret: 'the-client-secret',
    });
  });

  it("sends Login 3.0's JSON to its documented path", async () => {
    const { endpoint, sent, types } = endpointThat([]);
    await endpoint.revoke(TOKEN, at(DOCUMENTED));
    expect(types()).toEqual([JSON_TYPE]);
    expect(JSON.parse(String(sent[0]?.body))).toEqual({
      token: TOKEN,
      client_id: 'client',
      client_secret: 'the-client-secret',
    });
  });

  it.each([
    ['client_secret_basic', DOCUMENTED, { token: TOKEN, client_id: 'client' }],
    ['none', DOCUMENTED, { token: TOKEN, client_id: 'client' }],
    ['client_secret_basic', PUBLISHED, { token: TOKEN, token_type_hint: 'refresh_token' }],
    ['none', PUBLISHED, { token: TOKEN, token_type_hint: 'refresh_token', client_id: 'client' }],
  ] as const)('authenticates by %s at %s', async (method, url, expected) => {
    const { endpoint, sent } = endpointThat([], { clientAuthentication: method });
    await endpoint.revoke(TOKEN, at(url));
    const body = String(sent[0]?.body);
    const members =
      url === DOCUMENTED
        ? (JSON.parse(body) as object)
        : Object.fromEntries(new URLSearchParams(body));
    expect(members).toEqual(expected);
    const basic = `Basic ${btoa('client:the-client-secret')}`;
    expect(sent[0]?.headers['authorization']).toBe(
      method === 'client_secret_basic' ? basic : undefined,
    );
  });

  it.each([
    [DOCUMENTED, JSON_TYPE],
    [PUBLISHED, FORM],
  ])('authenticates by an assertion for the issuer at %s', async (url, type) => {
    const { endpoint, sent, types } = endpointThat([415], {
      clientAuthentication: 'private_key_jwt',
      clientAssertionKeys: [{ privateKey: KEY, keyId: 'k-1', algorithm: 'ES256' }],
    });
    await endpoint.revoke(TOKEN, at(url));
    expect(types()[0]).toBe(type);
    const members = sent.map(({ body }, index) =>
      types()[index] === JSON_TYPE
        ? (JSON.parse(String(body)) as Record<string, string>)
        : Object.fromEntries(new URLSearchParams(String(body))),
    );
    const assertions = members.map(({ client_assertion: jwt = '' }) => decodeJwt(jwt));
    for (const [index, member] of members.entries()) {
      expect(member).toMatchObject({
        token: TOKEN,
        client_id: 'client',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      });
      expect(member).not.toHaveProperty('client_secret');
      expect(assertions[index]).toMatchObject({ iss: 'client', sub: 'client', aud: DOMAIN });
    }
    // One for each request
    expect(new Set(assertions.map(({ jti }) => jti)).size).toBe(2);
  });

  it('uses the other secret when one is refused in both encodings, and remembers', async () => {
    const refused = () => refusal(401, { error: 'invalid_client' });
    const clientSecrets = ['new', 'old'];
    const { endpoint, sent } = endpointThat([refused(), refused()], { clientSecrets });
    await endpoint.revoke(TOKEN, at(PUBLISHED));
    await endpoint.revoke(TOKEN, at(PUBLISHED));
    const secrets = sent.map(({ body }) => /new|old/.exec(String(body))?.[0]);
    expect(secrets).toEqual(['new', 'new', 'old', 'old']);
  });

  it('asks with each of two refused secrets in each encoding, and no more', async () => {
    const answers = Array.from({ length: 8 }, () => refusal(401, { error: 'invalid_client' }));
    const { endpoint, sent } = endpointThat(answers, { clientSecrets: ['new', 'old'] });
    const refused = endpoint.revoke(TOKEN, at(PUBLISHED));
    await expect(refused).rejects.toMatchObject({ code: 'invalid_client' });
    expect(sent).toHaveLength(4);
  });

  it.each([400, 401, 415])(
    'tries the other encoding once after %i, and remembers',
    async (status) => {
      const { endpoint, types } = endpointThat([status]);
      await endpoint.revoke(TOKEN, at(DOCUMENTED));
      await endpoint.revoke(TOKEN, at(DOCUMENTED));
      expect(types()).toEqual([JSON_TYPE, FORM, FORM]);
    },
  );

  it('remembers for the one address only', async () => {
    const { endpoint, types } = endpointThat([400]);
    await endpoint.revoke(TOKEN, at(PUBLISHED));
    await endpoint.revoke(TOKEN, at(`${PUBLISHED}/2`));
    expect(types()).toEqual([FORM, JSON_TYPE, FORM]);
  });

  it('gives up when both are refused, and says what was answered', async () => {
    const { endpoint, sent } = endpointThat([
      refusal(400, { error: 'invalid_client', error_description: `no ${TOKEN}` }),
      refusal(415, {}),
    ]);
    await expect(endpoint.revoke(TOKEN, at(DOCUMENTED))).rejects.toMatchObject({
      code: 'invalid_client',
      detail:
        'the revocation endpoint answered 400 to json: "invalid_client" "no [redacted]", then 415 to form',
    });
    expect(sent).toHaveLength(2);
  });

  it.each([
    [302, 'token_request_failed'],
    [403, 'token_request_failed'],
    [404, 'token_request_failed'],
    [429, 'temporarily_unavailable'],
    [500, 'temporarily_unavailable'],
    [503, 'temporarily_unavailable'],
  ])('does not try again after %i', async (status, code) => {
    const { endpoint, sent } = endpointThat([status]);
    await expect(endpoint.revoke(TOKEN, at(PUBLISHED))).rejects.toMatchObject({ code });
    expect(sent).toHaveLength(1);
  });

  it('never says the token or the secret, whatever is answered', async () => {
    for (const status of [400, 403, 503]) {
      const echo = { error: `${TOKEN} ${CONFIG.clientSecrets[0]}`, error_description: TOKEN };
      const { endpoint } = endpointThat([refusal(status, echo), refusal(status, echo)]);
      const error: unknown = await endpoint.revoke(TOKEN, at(PUBLISHED)).catch((e: unknown) => e);
      const { detail, message } = error as { detail?: string; message: string };
      expect(`${detail} ${message}`).not.toContain(TOKEN);
      expect(`${detail} ${message}`).not.toContain(CONFIG.clientSecrets[0]);
    }
  });

  it('hands on what the transport says, and the signal', async () => {
    const failure = unavailable('no network');
    const signals: (AbortSignal | undefined)[] = [];
    const http: Http = {
      fetch: (_url, { signal }) => {
        signals.push(signal);
        return Promise.reject(failure);
      },
      close() {},
    };
    const { signal } = new AbortController();
    const endpoint = new RevocationEndpoint(CONFIG, http);
    await expect(endpoint.revoke(TOKEN, at(PUBLISHED), signal)).rejects.toBe(failure);
    expect(signals).toEqual([signal]);
  });

  it('sends again once what a closed connection swallowed', async () => {
    const stale = unavailable('closed', new StaleConnectionError('closed'));
    const bodies: string[] = [];
    const endpointWhere = (swallowed: number) => {
      const http: Http = {
        async fetch(_url, { body }) {
          bodies.push(String(body));
          if (bodies.length <= swallowed) throw stale;
          return new Response();
        },
        close() {},
      };
      return new RevocationEndpoint(CONFIG, http);
    };
    await endpointWhere(1).revoke(TOKEN, at(PUBLISHED));
    expect(bodies).toHaveLength(2);
    expect(bodies[1]).toBe(bodies[0]);
    bodies.length = 0;
    await expect(endpointWhere(2).revoke(TOKEN, at(PUBLISHED))).rejects.toBe(stale);
  });
});
