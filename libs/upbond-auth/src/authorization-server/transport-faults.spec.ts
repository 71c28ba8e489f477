import * as net from 'node:net';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { AuthorizationServer } from './authorization-server.js';
import { createHttp, type Http } from './http.js';
import { JwksEndpoint } from './jwks-endpoint.js';
import { TokenEndpoint } from './token-endpoint.js';
import { UserinfoEndpoint } from './userinfo-endpoint.js';

const DEADLINE_SECONDS = 0.3;
const SLACK_MILLISECONDS = 1000;

const cleanups: (() => void)[] = [];
const unhandled: unknown[] = [];
const remember = (reason: unknown): void => void unhandled.push(reason);

beforeAll(() => {
  process.on('unhandledRejection', remember);
  process.on('uncaughtException', remember);
});
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});
afterAll(async () => {
  await new Promise((resolve) => setTimeout(resolve, 50));
  process.off('unhandledRejection', remember);
  process.off('uncaughtException', remember);
  expect(unhandled).toEqual([]);
});

type Ask = (origin: string, http: Http) => Promise<unknown>;

/** The four requests to the authorization server, and what each makes of an unusable answer. */
const ENDPOINTS: Record<string, [Ask, unusable: string]> = {
  discovery: [
    (domain, http) => {
      const config = { domain, endpoints: {}, idTokenSigningAlgorithms: [] };
      const server = config as unknown as UpbondAuthConfig;
      return new AuthorizationServer(server, http, { warn() {}, log() {} }).metadata();
    },
    'temporarily_unavailable',
  ],
  keys: [
    (origin, http) => {
      const getKey = new JwksEndpoint(http).keysAt(`${origin}/keys`).getKey();
      return Promise.resolve(getKey({ alg: 'RS256', kid: 'k' }, { payload: '', signature: '' }));
    },
    'temporarily_unavailable',
  ],
  token: [
    (origin, http) => {
      const config = {
        clientId: 'client',
        clientAuthentication: 'client_secret_basic',
        clientSecrets: ['secret'],
        clientAssertionKeys: [],
        clientAssertionAudience: 'issuer',
        scope: ['openid'],
      } as const;
      const metadata = { tokenEndpoint: `${origin}/token`, acceptedIssuers: [origin] };
      const exchange = { code: 'c', codeVerifier: 'v', redirectUri: 'http://localhost/callback' };
      return new TokenEndpoint(config, http).exchangeCode(exchange, metadata);
    },
    'token_response_invalid',
  ],
  userinfo: [
    (origin, http) => {
      const metadata = { userinfoEndpoint: `${origin}/userinfo`, acceptedIssuers: [origin] };
      return new UserinfoEndpoint({ clientId: 'client' }, http).fetchUserinfo('token', metadata);
    },
    'userinfo_invalid',
  ],
};

function answer(
  body: string | Buffer,
  headers = 'Content-Type: application/json',
  status = '200 OK',
) {
  const bytes = Buffer.from(body);
  const head = `HTTP/1.1 ${status}\r\n${headers}\r\nContent-Length: ${bytes.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}

type Then = (socket: net.Socket) => void;
const HANG: Then = () => {};
const CLOSE: Then = (socket) => void socket.end();
const RESET: Then = (socket) => void socket.resetAndDestroy();
const JSON_HEAD =
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{';
const GZIP = 'Content-Type: application/json\r\nContent-Encoding: gzip';

const OUTAGES: Record<string, [bytes: string | Buffer, then: Then]> = {
  'hang before the headers': ['', HANG],
  'hang within the body': [JSON_HEAD, HANG],
  'close without an answer': ['', CLOSE],
  'truncated body': [JSON_HEAD, CLOSE],
  'reset before the headers': ['', RESET],
  'reset within the body': [JSON_HEAD, RESET],
  'body of 2 MiB': [answer('x'.repeat(2_097_152)), HANG],
  'gzip bomb': [answer(gzipSync(Buffer.alloc(8_388_608)), GZIP), HANG],
  'wrong gzip': [answer('{}', GZIP), HANG],
  'wrong encoding': [answer('{}', 'Content-Type: application/json\r\nContent-Encoding: x'), HANG],
  'no HTTP': ['hello\r\n\r\n', HANG],
  'status 500': [answer('{}', 'Content-Type: application/json', '500 Error'), HANG],
  'status 503 in HTML': [answer('<html>', 'Content-Type: text/html', '503 Busy'), HANG],
  'status 429': [answer('', 'Retry-After: 5', '429 Slow'), HANG],
};

const UNUSABLE: Record<string, string | Buffer> = {
  'a redirect': answer('', 'Location: http://127.0.0.1:1/', '302 Found'),
  HTML: answer('<html></html>', 'Content-Type: text/html'),
  'JSON as text': answer('{}', 'Content-Type: text/plain'),
  'no content type': answer('{}', 'X: y'),
  null: answer('null'),
  'an array': answer('[]'),
  'a string': answer('"x"'),
  'an empty object': answer('{}'),
  'an empty body': answer(''),
  'half of an object': answer('{"a":'),
  'not UTF-8': answer(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])),
  'status 204': 'HTTP/1.1 204 No Content\r\n\r\n',
};

async function failure(ask: Ask, bytes: string | Buffer, then: Then): Promise<UpbondAuthException> {
  const origin = await start(bytes, then);
  const http = createHttp({ deadlineSeconds: DEADLINE_SECONDS });
  cleanups.push(() => http.close());
  const started = performance.now();
  const error: unknown = await ask(origin, http).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UpbondAuthException);
  expect(performance.now() - started).toBeLessThan(DEADLINE_SECONDS * 1000 + SLACK_MILLISECONDS);
  return error as UpbondAuthException;
}

async function start(bytes: string | Buffer, then: Then): Promise<string> {
  const server = net.createServer((socket) => {
    cleanups.push(() => socket.destroy());
    socket.on('error', () => {});
    socket.on('data', () => socket.write(bytes, () => then(socket)));
  });
  cleanups.push(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe.each(Object.entries(ENDPOINTS))('%s', (_endpoint, [ask, unusable]) => {
  it.each(Object.entries(OUTAGES))('%s: temporarily_unavailable', async (_name, [bytes, then]) => {
    expect((await failure(ask, bytes, then)).code).toBe('temporarily_unavailable');
  });

  it.each(Object.entries(UNUSABLE))(`%s: ${unusable}`, async (_name, bytes) => {
    expect((await failure(ask, bytes, HANG)).code).toBe(unusable);
  });
});
