import { describe, expect, it } from 'vitest';
import type { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { StaleConnectionError } from './http-exchange.js';
import type { Http, HttpInit } from './http.js';
import { IntrospectionEndpoint } from './introspection-endpoint.js';
import { unavailable } from './unavailable.js';

type Config = ConstructorParameters<typeof IntrospectionEndpoint>[0];

const ENDPOINT = 'https://login.test/introspect';
const CONFIG: Config = {
  clientId: 'client',
  clientSecrets: ['the-client-secret'],
  clientAssertionKeys: [],
  clientAssertionAudience: 'issuer',
  clientAuthentication: 'client_secret_post',
};

/** An endpoint that answers one thing after the other. */
function endpointThat(answers: readonly (Response | Error)[], config: Partial<Config> = {}) {
  const sent: (HttpInit & { url: string })[] = [];
  const left = [...answers];
  const http: Http = {
    async fetch(url, init) {
      sent.push({ url, ...init });
      const answer = left.shift() ?? Response.json({ active: false });
      if (answer instanceof Error) throw answer;
      return answer;
    },
    close() {},
  };
  const endpoint = new IntrospectionEndpoint({ ...CONFIG, ...config }, http);
  const introspect = (introspectionEndpoint: string | undefined = ENDPOINT) =>
    endpoint.introspect('the token', {
      introspectionEndpoint,
      acceptedIssuers: [],
      tokenEndpoint: 'https://login.test/token',
    });
  return { endpoint, sent, introspect };
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    return JSON.stringify(await promise);
  } catch (error) {
    const { code, detail } = error as UpbondAuthException;
    expect(detail).not.toContain('the token');
    expect(detail).not.toContain('the-client-secret');
    return code;
  }
}

describe('introspect', () => {
  it('posts the form of RFC 7662 §2.1 with the credentials of the client', async () => {
    const { sent, introspect } = endpointThat([]);
    expect(await introspect()).toBeUndefined();
    expect(sent).toMatchObject([{ url: ENDPOINT, method: 'POST' }]);
    expect(sent[0]?.headers).toMatchObject({
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
    });
    expect(Object.fromEntries(new URLSearchParams(String(sent[0]?.body)))).toEqual({
      token: 'the token',
      token_type_hint: 'access_token',
      client_id: 'client',
      client_secret: 'the-client-secret',
    });
  });

  it('authenticates as at the token endpoint', async () => {
    const { sent, introspect } = endpointThat([], { clientAuthentication: 'client_secret_basic' });
    await introspect();
    const basic = `Basic ${btoa('client:the-client-secret')}`;
    expect(sent[0]?.headers['authorization']).toBe(basic);
    expect(String(sent[0]?.body)).not.toContain('secret');
  });

  it('hands out what is said of an active token', async () => {
    const answer = { active: true, sub: 'a', anything: [1] };
    expect(await endpointThat([Response.json(answer)]).introspect()).toEqual(answer);
  });

  const text = (body: string, type = 'application/json', status = 200) =>
    new Response(body, { status, headers: { 'content-type': type } });

  it.each<[string, () => Response | Error]>([
    ['no active', () => Response.json({ sub: 'a' })],
    ['active as text', () => Response.json({ active: 'true' })],
    ['active 1', () => Response.json({ active: 1 })],
    ['active null', () => Response.json({ active: null })],
    ['a list', () => Response.json([{ active: true }])],
    ['null', () => Response.json(null)],
    ['no JSON', () => text('{"active":true')],
    ['HTML', () => text('{"active":true}', 'text/html')],
    ['a JWT', () => text('a.b.c', 'application/token-introspection+jwt')],
    ['JSON that says it is a JWT', () => text('{"active":true}', 'application/jwt')],
    ['201', () => text('{"active":true}', 'application/json', 201)],
    ['204', () => new Response(null, { status: 204 })],
    ['a redirect', () => new Response(null, { status: 302, headers: { location: ENDPOINT } })],
    ['400', () => text('{"error":"invalid_request"}', 'application/json', 400)],
    ['401 for this client', () => text('{"active":false}', 'application/json', 401)],
    ['403', () => text('{"active":false}', 'application/json', 403)],
    ['429', () => new Response(null, { status: 429 })],
    ['500', () => text('{"active":true}', 'application/json', 500)],
    ['no answer', () => unavailable('POST failed')],
  ])('%s says nothing about the token', async (_, answer) => {
    expect(await codeOf(endpointThat([answer()]).introspect())).toBe('temporarily_unavailable');
  });

  it('tries the other secret while one is rotated, and keeps to what worked', async () => {
    const refused = () => text('{"error":"invalid_client"}', 'application/json', 401);
    const clientSecrets = ['the-client-secret', 'the-client-secret of old'];
    const { introspect, sent } = endpointThat([refused()], { clientSecrets });
    await introspect();
    await introspect();
    const secrets = sent.map(({ body }) => new URLSearchParams(String(body)).get('client_secret'));
    expect(secrets).toEqual([clientSecrets[0], clientSecrets[1], clientSecrets[1]]);
  });

  it('says so when no endpoint is known', async () => {
    const { endpoint, sent } = endpointThat([]);
    const nowhere = {
      introspectionEndpoint: undefined,
      acceptedIssuers: [],
      tokenEndpoint: 'https://login.test/token',
    };
    const code = await codeOf(endpoint.introspect('the token', nowhere));
    expect([code, sent.length]).toEqual(['temporarily_unavailable', 0]);
  });

  it('asks again, once, when the kept connection was closed', async () => {
    const stale = () => unavailable('POST failed', new StaleConnectionError());
    const good = () => Response.json({ active: true });
    expect(await endpointThat([stale(), good()]).introspect()).toEqual({ active: true });
    const twice = endpointThat([stale(), stale(), good()]);
    expect(await codeOf(twice.introspect())).toBe('temporarily_unavailable');
    expect(twice.sent).toHaveLength(2);
    const reset = endpointThat([unavailable('POST failed', new Error('reset')), good()]);
    expect(await codeOf(reset.introspect())).toBe('temporarily_unavailable');
  });
});
