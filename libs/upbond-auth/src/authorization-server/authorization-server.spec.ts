import { beforeEach, describe, expect, it } from 'vitest';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { AuthorizationServer } from './authorization-server.js';
import type { Http, HttpInit } from './http.js';
import { unavailable } from './unavailable.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const PUBLISHED = {
  issuer: 'https://host/',
  authorization_endpoint: 'https://host/a',
  token_endpoint: 'https://host/t',
  jwks_uri: 'https://host/k',
};
const CONFIG = {
  domain: 'https://host',
  endpoints: {},
  idTokenSigningAlgorithms: ['RS256'],
  allowInsecureHttp: false,
  oauthOnly: false,
} as unknown as UpbondAuthConfig;
const DOWN = 'down';

type Answer = number | object | typeof DOWN | (() => Promise<Response>);

let now: number;
let answer: Answer;
let sent: [string, HttpInit][];
let warnings: string[];

beforeEach(() => {
  now = 1_000_000;
  answer = PUBLISHED;
  sent = [];
  warnings = [];
});

const http: Http = {
  async fetch(url, init) {
    sent.push([url, init]);
    if (answer === DOWN) throw unavailable('no network');
    if (typeof answer === 'function') return answer();
    if (typeof answer === 'number') {
      return new Response(answer === 204 ? null : '<html>', { status: answer });
    }
    return Response.json(answer);
  },
  close() {},
};

function server(config: Partial<UpbondAuthConfig> = {}): AuthorizationServer {
  const log = { warn: (message: string) => void warnings.push(message), log: () => {} };
  return new AuthorizationServer({ ...CONFIG, ...config }, http, log, () => now);
}

const settle = () => new Promise((resolve) => setImmediate(resolve));
const UNAVAILABLE = { code: 'temporarily_unavailable' };
const DOCUMENTED = { tokenEndpoint: 'https://host/oauth/token', issuer: undefined };

describe('the discovery request', () => {
  it.each([
    ['https://host', undefined, 'https://host/.well-known/openid-configuration'],
    ['https://host/tenant', undefined, 'https://host/tenant/.well-known/openid-configuration'],
    ['https://host', 'https://i/', 'https://i/.well-known/openid-configuration'],
    ['https://host', 'https://i/t/', 'https://i/t/.well-known/openid-configuration'],
  ])('for domain %s and issuer %s', async (domain, issuer, url) => {
    answer = { ...PUBLISHED, issuer: issuer ?? domain };
    await server({ domain, issuer }).metadata();
    expect(sent.map(([to]) => to)).toEqual([url]);
    expect(sent[0]?.[1]).toMatchObject({ method: 'GET', headers: { accept: 'application/json' } });
    expect(sent[0]?.[1].headers).not.toHaveProperty('x-account-id');
  });

  it('names the account', async () => {
    await server({ accountId: 'abcd1234' }).metadata();
    expect(sent[0]?.[1].headers['x-account-id']).toBe('abcd1234');
  });

  it('is not made when the configuration names everything', async () => {
    const endpoints = {
      authorizationEndpoint: 'https://own/a',
      tokenEndpoint: 'https://own/t',
      jwksUri: 'https://own/k',
      userinfoEndpoint: undefined,
      revocationEndpoint: undefined,
      introspectionEndpoint: undefined,
      logoutEndpoint: undefined,
    };
    await server({ endpoints, issuer: 'https://own' }).metadata();
    expect(sent).toEqual([]);
  });

  it('is shared by those who ask at the same time', async () => {
    const made = server();
    await Promise.all(Array.from({ length: 50 }, () => made.metadata()));
    expect(sent).toHaveLength(1);
  });

  it('goes on for the others when one gives up', async () => {
    let respond = (_response: Response): void => {};
    answer = () => new Promise((resolve) => (respond = resolve));
    const made = server();
    const controller = new AbortController();
    const leaving = made.metadata(controller.signal);
    const staying = made.metadata(new AbortController().signal);
    controller.abort(new Error('the browser left'));
    await expect(leaving).rejects.toMatchObject({
      ...UNAVAILABLE,
      cause: controller.signal.reason,
    });
    respond(Response.json(PUBLISHED));
    expect((await staying).issuer).toBe('https://host/');
    await expect(made.metadata(AbortSignal.abort())).resolves.toBeDefined();
    expect(sent).toHaveLength(1);
    expect(sent[0]?.[1].signal).toBeUndefined();
  });
});

describe('failures', () => {
  it.each<[string, Answer]>([
    ['the network is down', DOWN],
    ['200 with HTML', 200],
    ['204', 204],
    ['302', 302],
    ['400', 400],
    ['401', 401],
    ['403', 403],
    ['429', 429],
    ['500', 500],
    ['503', 503],
    ['401 with metadata', async () => Response.json(PUBLISHED, { status: 401 })],
    ['201 with metadata', async () => Response.json(PUBLISHED, { status: 201 })],
    ['an array', []],
    ['{}', {}],
    ['another issuer', { ...PUBLISHED, issuer: 'https://evil.example' }],
    ['no token endpoint', { ...PUBLISHED, token_endpoint: undefined }],
    ['an http endpoint', { ...PUBLISHED, token_endpoint: 'http://host/t' }],
  ])('%s: unavailable, and not remembered', async (_name, failing) => {
    const made = server();
    answer = failing;
    await expect(made.metadata()).rejects.toMatchObject(UNAVAILABLE);
    await expect(made.metadata()).rejects.toMatchObject(UNAVAILABLE);
    answer = PUBLISHED;
    expect((await made.metadata()).tokenEndpoint).toBe('https://host/t');
    expect(sent).toHaveLength(3);
  });

  it('are shared too, and none goes unhandled', async () => {
    answer = DOWN;
    const made = server();
    const results = await Promise.allSettled([made.metadata(), made.metadata(AbortSignal.abort())]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(sent).toHaveLength(1);
  });

  it('are only those of the request that began them: who came later asks again, together', async () => {
    let fail = (_error: unknown): void => {};
    answer = () => new Promise((_resolve, reject) => (fail = reject));
    const made = server();
    const first = made.metadata();
    const later = Promise.all([made.metadata(), made.metadata(new AbortController().signal)]);
    answer = PUBLISHED;
    fail(unavailable('no answer within 5 s'));
    await expect(first).rejects.toMatchObject(UNAVAILABLE);
    expect((await later).map(({ issuer }) => issuer)).toEqual(['https://host/', 'https://host/']);
    expect(sent).toHaveLength(2);
  });
});

describe('the documented paths', () => {
  it.each([404, 410])('hold when discovery answers %i', async (status) => {
    answer = status;
    expect(await server().metadata()).toMatchObject(DOCUMENTED);
    expect(warnings).toHaveLength(1);
  });

  it('hold for 5 minutes, then discovery is asked again', async () => {
    answer = 404;
    const made = server();
    await made.metadata();
    now += 5 * MINUTE - 1;
    await made.metadata();
    expect(sent).toHaveLength(1);
    now += 1;
    expect(await made.metadata()).toMatchObject(DOCUMENTED);
    expect([sent.length, warnings.length]).toEqual([2, 1]);
    now += 5 * MINUTE;
    answer = PUBLISHED;
    expect((await made.metadata()).issuer).toBe('https://host/');
  });

  it('do not outlive their 5 minutes when discovery fails', async () => {
    answer = 404;
    const made = server();
    await made.metadata();
    now += 5 * MINUTE;
    answer = 503;
    await expect(made.metadata()).rejects.toMatchObject(UNAVAILABLE);
  });

  it('never replace metadata that was published once', async () => {
    const made = server();
    await made.metadata();
    answer = 404;
    now += HOUR;
    await made.metadata();
    await settle();
    expect((await made.metadata()).tokenEndpoint).toBe('https://host/t');
    now += 24 * HOUR;
    await expect(made.metadata()).rejects.toMatchObject(UNAVAILABLE);
  });
});

describe('the published metadata', () => {
  it('serves for an hour without a question', async () => {
    const made = server();
    await made.metadata();
    now += HOUR - 1;
    await made.metadata();
    expect(sent).toHaveLength(1);
  });

  it('serves while it is renewed', async () => {
    const made = server();
    await made.metadata();
    now += HOUR;
    answer = { ...PUBLISHED, token_endpoint: 'https://host/new' };
    expect((await made.metadata()).tokenEndpoint).toBe('https://host/t');
    await settle();
    expect((await made.metadata()).tokenEndpoint).toBe('https://host/new');
    expect(sent).toHaveLength(2);
  });

  it('serves up to a day while the server is down, which is asked every 30 s', async () => {
    const made = server();
    await made.metadata();
    answer = DOWN;
    now += 23 * HOUR;
    for (let second = 0; second < 60; second += 1) {
      await made.metadata();
      await settle();
      now += 1000;
    }
    expect(sent).toHaveLength(3);
    expect(warnings).toHaveLength(2);
    now += HOUR;
    await expect(made.metadata()).rejects.toMatchObject(UNAVAILABLE);
    answer = PUBLISHED;
    expect((await made.metadata()).issuer).toBe('https://host/');
  });

  it('keeps its issuer: another one is refused with a warning', async () => {
    const made = server();
    await made.metadata();
    now += HOUR;
    answer = { ...PUBLISHED, issuer: 'https://host', token_endpoint: 'https://host/new' };
    await made.metadata();
    await settle();
    expect(await made.metadata()).toMatchObject({
      issuer: 'https://host/',
      tokenEndpoint: 'https://host/t',
    });
    expect(warnings).toEqual([expect.stringContaining('issuer in the metadata has changed')]);
  });
});
