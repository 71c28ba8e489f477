import * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { generate } from 'selfsigned';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { startDeadline } from './deadline.js';
import { createHttp, type Http, type HttpInit, type HttpOptions } from './http.js';

const DEADLINE_SECONDS = 0.3;
const SLACK_MILLISECONDS = 1000;
const GET: HttpInit = { method: 'GET', headers: {} };

const cleanups: (() => unknown)[] = [];
const unhandled: unknown[] = [];
const remember = (reason: unknown): void => void unhandled.push(reason);

beforeAll(() => {
  process.on('unhandledRejection', remember);
  process.on('uncaughtException', remember);
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});
afterAll(async () => {
  await new Promise((resolve) => setTimeout(resolve, 50));
  process.off('unhandledRejection', remember);
  process.off('uncaughtException', remember);
  expect(unhandled).toEqual([]);
});

/** A server that does with each connection what the script says. */
async function rawServer(script: (socket: net.Socket, count: number) => void): Promise<string> {
  const sockets = new Set<net.Socket>();
  let count = 0;
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    script(socket, (count += 1));
  });
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return listen(server, 'http');
}

/** Answers every request of every connection with these bytes. */
function answering(bytes: string | Buffer, then: (socket: net.Socket) => void = () => {}) {
  return rawServer((socket) => {
    socket.on('data', () => {
      socket.write(bytes, () => then(socket));
    });
  });
}

async function httpServer(handler: http.RequestListener): Promise<string> {
  const server = http.createServer(handler);
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return listen(server, 'http');
}

async function listen(server: net.Server, scheme: string): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/path`;
}

function client(options: Partial<HttpOptions> = {}): Http {
  const made = createHttp({ deadlineSeconds: DEADLINE_SECONDS, ...options });
  cleanups.push(() => made.close());
  return made;
}

async function failureOf(url: string, init: HttpInit = GET, made = client()) {
  const started = performance.now();
  const error: unknown = await made.fetch(url, init).then(
    (response) => `answered ${response.status}`,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UpbondAuthException);
  expect(performance.now() - started).toBeLessThan(DEADLINE_SECONDS * 1000 + SLACK_MILLISECONDS);
  return error as UpbondAuthException;
}

const CLOSE = (socket: net.Socket): void => void socket.end();
const RESET = (socket: net.Socket): void => void socket.resetAndDestroy();
const OK = 'HTTP/1.1 200 OK\r\n';

function encoded(encoding: string, bytes: Buffer): Buffer {
  const head = `${OK}Content-Encoding: ${encoding}\r\nContent-Length: ${bytes.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}

describe('every fault of the transport', () => {
  const MEBIBYTES = 2 * 1024 * 1024;
  const faults: Record<string, [start: () => Promise<string>, detail: RegExp]> = {
    'hang before the headers': [() => rawServer(() => {}), /no complete answer/],
    'hang within the headers': [() => answering('HTTP/1.1 200 OK\r\nConte'), /no complete answer/],
    'hang within the body': [() => answering(`${OK}Content-Length: 9\r\n\r\n{"a"`), /no complete/],
    'lying content-length': [
      () => answering(`${OK}Content-Length: 9\r\n\r\n{}`, CLOSE),
      /aborted|cut short/,
    ],
    'truncated chunked body': [
      () => answering(`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n`, CLOSE),
      /aborted|cut short/,
    ],
    'reset before the headers': [() => rawServer(RESET), /ECONNRESET|hang up/],
    'reset within the body': [
      () => answering(`${OK}Content-Length: 9\r\n\r\n{"a"`, RESET),
      /aborted|ECONNRESET/,
    ],
    'close without an answer': [() => answering('', CLOSE), /hang up/],
    'content-length over the limit': [
      () => answering(`${OK}Content-Length: ${MEBIBYTES}\r\n\r\n`),
      /larger than/,
    ],
    'body of 2 MiB without a length': [
      () => answering(`${OK}Connection: close\r\n\r\n${'x'.repeat(MEBIBYTES)}`, CLOSE),
      /larger than/,
    ],
    'gzip bomb': [
      () => answering(encoded('gzip', gzipSync(Buffer.alloc(8 * MEBIBYTES)))),
      /larger than/,
    ],
    'brotli bomb': [
      () => answering(encoded('br', brotliCompressSync(Buffer.alloc(MEBIBYTES)))),
      /larger than/,
    ],
    'not gzip although it says so': [() => answering(encoded('gzip', Buffer.from('{}'))), /header/],
    'truncated gzip': [
      () => answering(encoded('gzip', gzipSync('{"a":1}').subarray(0, 15))),
      /unexpected end/,
    ],
    'unknown content encoding': [
      () => answering(encoded('zstd', Buffer.from('{}'))),
      /content encoding/,
    ],
    'several content encodings': [
      () => answering(encoded('gzip, br', Buffer.from('{}'))),
      /content encoding/,
    ],
    'headers beyond 16 kB': [
      () => answering(`${OK}X-Long: ${'x'.repeat(70_000)}\r\n\r\n`),
      /Overflow/i,
    ],
    'not HTTP at all': [() => answering('SSH-2.0-OpenSSH_9.2\r\n'), /Parse Error/],
    'status beyond 599': [
      () => answering('HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n'),
      /status/i,
    ],
    'unasked upgrade': [
      () => answering('HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
      /switched/,
    ],
    'both content-length and chunked': [
      () => answering(`${OK}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`),
      /Parse Error/,
    ],
  };

  it.each(Object.entries(faults))(
    '%s is temporarily_unavailable',
    async (_name, [start, detail]) => {
      const failure = await failureOf(await start());
      expect(failure.code).toBe('temporarily_unavailable');
      expect(failure.detail).toMatch(detail);
    },
  );

  it('drips slower than the deadline: total, not idle, time counts', async () => {
    const url = await answering(`${OK}Content-Length: 1000\r\n\r\n`, (socket) => {
      const drip = setInterval(() => socket.write('x'), 20);
      socket.on('close', () => clearInterval(drip));
    });
    expect((await failureOf(url)).detail).toContain('no complete answer within 0.3 s');
  });

  it('sends informational answers without end', async () => {
    const url = await answering('', (socket) => {
      const drip = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), 20);
      socket.on('close', () => clearInterval(drip));
    });
    expect((await failureOf(url)).detail).toContain('no complete answer');
  });

  it('refuses connections', async () => {
    const server = net.createServer();
    const url = await listen(server, 'http');
    await new Promise((resolve) => server.close(resolve));
    expect((await failureOf(url)).detail).toContain('ECONNREFUSED');
  });

  it('has a certificate nobody vouches for', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }]);
    const server = https.createServer({ key, cert }, (_request, response) => response.end('{}'));
    cleanups.push(() => server.close());
    expect((await failureOf(await listen(server, 'https'))).detail).toMatch(/self-signed/);
  });

  it('speaks no TLS', async () => {
    const url = await answering(`${OK}Content-Length: 2\r\n\r\n{}`);
    const failure = await failureOf(url.replace('http:', 'https:'));
    expect(failure.code).toBe('temporarily_unavailable');
  });

  it.each(['', 'not a url', 'ftp://127.0.0.1/', 'http://127.0.0.1:99999/'])(
    'an address that cannot be called: %j',
    async (url) => {
      expect((await failureOf(url)).code).toBe('temporarily_unavailable');
    },
  );

  it('a header that cannot be sent', async () => {
    const init = { method: 'GET', headers: { authorization: 'Bearer a\r\nX: y' } };
    expect((await failureOf('http://127.0.0.1:1/', init)).code).toBe('temporarily_unavailable');
  });
});

describe('what a failure tells', () => {
  it('neither the query nor the bytes of the answer', async () => {
    const url = await answering('HTTP/1.1 200 OK\r\nBad Header\r\n\r\n{"access_token":"secret"}');
    const failure = await failureOf(`${url}?code=secret#secret`);
    expect(failure.detail).toMatch(/^GET "http:\/\/127\.0\.0\.1:\d+\/path" failed: "Parse Error/);
    const { inspect } = await import('node:util');
    expect(inspect(failure, { depth: 9 })).not.toContain('secret');
    expect(failure.cause).not.toHaveProperty('rawPacket');
  });
});

describe("the caller's signal", () => {
  it('ends the request', async () => {
    const url = await rawServer(() => {});
    const signal = AbortSignal.timeout(30);
    const failure = await failureOf(url, { ...GET, signal }, client({ deadlineSeconds: 9 }));
    expect(failure.cause).toBe(signal.reason);
  });

  it('ends the request within the body', async () => {
    const url = await answering(`${OK}Content-Length: 9\r\n\r\n{`);
    const signal = AbortSignal.timeout(60);
    const failure = await failureOf(url, { ...GET, signal }, client({ deadlineSeconds: 9 }));
    expect(failure.cause).toBe(signal.reason);
  });

  it('that has fired already sends nothing', async () => {
    let isConnected = false;
    const url = await rawServer(() => void (isConnected = true));
    expect((await failureOf(url, { ...GET, signal: AbortSignal.abort() })).code).toBeDefined();
    expect(isConnected).toBe(false);
  });

  it('is let go of after the answer', async () => {
    const url = await httpServer((_request, response) => response.end('{}'));
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => ((listeners += 1), add(...args));
    signal.removeEventListener = (...args: Parameters<typeof remove>) => (
      (listeners -= 1),
      remove(...args)
    );
    await client().fetch(url, { ...GET, signal });
    expect(listeners).toBe(0);
  });
});

describe('the deadline of the work that a request is part of', () => {
  it('ends the request', async () => {
    const url = await rawServer(() => {});
    const deadline = startDeadline(0.03, undefined);
    const failure = await failureOf(url, { ...GET, deadline }, client({ deadlineSeconds: 9 }));
    expect(failure.cause).toEqual(new Error('no complete answer within 0.03 s'));
  });

  it('goes on after the answer, for the next request', async () => {
    const urls = [await httpServer((_request, response) => response.end('{}'))];
    urls.push(await rawServer(() => {}));
    const caller = new AbortController();
    const deadline = startDeadline(9, caller.signal);
    const http = client({ deadlineSeconds: 9 });
    const [first = '', second = ''] = urls;
    expect((await http.fetch(first, { ...GET, deadline })).status).toBe(200);
    setTimeout(() => caller.abort(new Error('gone')), 30);
    const failure = await failureOf(second, { ...GET, deadline }, http);
    expect(failure.cause).toEqual(new Error('gone'));
    deadline.stop();
  });
});

describe('answers', () => {
  it.each([
    ['gzip', gzipSync('{"a":1}')],
    ['x-gzip', gzipSync('{"a":1}')],
    ['deflate', deflateSync('{"a":1}')],
    ['br', brotliCompressSync('{"a":1}')],
    ['GZIP', gzipSync('{"a":1}')],
    ['identity', Buffer.from('{"a":1}')],
    ['gzip', Buffer.alloc(0)],
  ])('in %s are decoded', async (encoding, bytes) => {
    const response = await client().fetch(await answering(encoded(encoding, bytes)), GET);
    expect(await response.text()).toBe(bytes.length ? '{"a":1}' : '');
  });

  it.each([204, 205, 304])('of status %i have no body and do no harm', async (status) => {
    const url = await answering(`HTTP/1.1 ${status} X\r\nContent-Length: 0\r\n\r\n`);
    const response = await client().fetch(url, GET);
    expect([response.status, await response.text()]).toEqual([status, '']);
  });

  it.each([300, 301, 302, 303, 307, 308])('of status %i are handed back', async (status) => {
    const asked: (string | undefined)[] = [];
    const url = await httpServer((request, response) => {
      asked.push(request.url);
      response.writeHead(status, { location: '/elsewhere' });
      response.end('x'.repeat(3_000_000));
    });
    const response = await client().fetch(url, { method: 'POST', headers: {}, body: 'code=1' });
    expect([response.status, response.headers.get('location')]).toEqual([status, '/elsewhere']);
    expect([await response.text(), asked]).toEqual(['', ['/path']]);
  });

  it('of status 302 with an error in them hand it on', async () => {
    const body = '{"error":"invalid_grant"}';
    const head = `HTTP/1.1 302 Found\r\nContent-Length: ${body.length}\r\n\r\n`;
    const response = await client().fetch(await answering(head + body), GET);
    expect([response.status, await response.text()]).toEqual([302, body]);
  });

  it('of status 302 whose body is cut short are answers without one', async () => {
    const url = await answering('HTTP/1.1 302 Found\r\nContent-Length: 9\r\n\r\n{', RESET);
    const response = await client().fetch(url, GET);
    expect([response.status, await response.text()]).toEqual([302, '']);
  });

  it.each([400, 401, 403, 404, 410, 429, 500, 503])('of status %i are answers', async (status) => {
    const url = await httpServer((_request, response) => {
      response.writeHead(status, { 'retry-after': '7' }).end('text');
    });
    const response = await client().fetch(url, GET);
    expect([response.status, await response.text()]).toEqual([status, 'text']);
    expect(response.headers.get('retry-after')).toBe('7');
  });

  it('may come after informational ones', async () => {
    const url = await answering(
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\n\r\n${OK}Content-Length: 2\r\n\r\n{}`,
    );
    expect(await (await client().fetch(url, GET)).text()).toBe('{}');
  });

  it('may be exactly as large as the limit', async () => {
    const url = await httpServer((_request, response) => response.end('x'.repeat(1000)));
    const response = await client({ maxBytes: 1000 }).fetch(url, GET);
    expect((await response.text()).length).toBe(1000);
    expect((await failureOf(url, GET, client({ maxBytes: 999 }))).detail).toContain('larger than');
  });
});

describe('requests', () => {
  it('carry method, headers, body and its length', async () => {
    const url = await httpServer((request, response) => {
      const { 'content-length': length, authorization, accept } = request.headers;
      request.setEncoding('utf8').on('data', (body) => {
        response.end(JSON.stringify([request.method, length, authorization, accept, body]));
      });
    });
    const headers = { authorization: 'Basic x', accept: 'application/json' };
    const body = new URLSearchParams({ code: 'ä b' });
    const response = await client().fetch(url, { method: 'POST', headers, body });
    expect(await response.json()).toEqual([
      'POST',
      '13',
      'Basic x',
      'application/json',
      'code=%C3%A4+b',
    ]);
  });
});

describe('kept connections', () => {
  /** Answers the first request of each connection, and resets at the second one. */
  function resettingAtReuse(counts: { connections: number; requests: number }) {
    return rawServer((socket) => {
      counts.connections += 1;
      let requests = 0;
      socket.on('data', () => {
        counts.requests += 1;
        requests += 1;
        if (requests > 1) socket.resetAndDestroy();
        else socket.write(`${OK}Content-Length: 2\r\n\r\n{}`);
      });
    });
  }

  it('are used again', async () => {
    let connections = 0;
    const url = await rawServer((socket) => {
      connections += 1;
      socket.on('data', () => socket.write(`${OK}Content-Length: 2\r\n\r\n{}`));
    });
    const made = client();
    for (let index = 0; index < 5; index += 1) await made.fetch(url, GET);
    expect(connections).toBe(1);
  });

  it('that were reset are replaced once for GET', async () => {
    const counts = { connections: 0, requests: 0 };
    const url = await resettingAtReuse(counts);
    const made = client();
    await made.fetch(url, GET);
    expect(await (await made.fetch(url, GET)).text()).toBe('{}');
    expect(counts).toEqual({ connections: 2, requests: 3 });
  });

  it('that were reset are never replaced for POST', async () => {
    const counts = { connections: 0, requests: 0 };
    const url = await resettingAtReuse(counts);
    const made = client();
    await made.fetch(url, GET);
    const post = { method: 'POST', headers: {}, body: 'code=1' };
    expect((await failureOf(url, post, made)).code).toBe('temporarily_unavailable');
    expect(counts).toEqual({ connections: 1, requests: 2 });
  });

  it('that were reset after a byte of the answer are not replaced', async () => {
    let requests = 0;
    const url = await rawServer((socket) => {
      socket.on('data', () => {
        requests += 1;
        if (requests === 1) socket.write(`${OK}Content-Length: 2\r\n\r\n{}`);
        else socket.write(`${OK}Content-Length: 2\r\n\r\n{`, () => socket.resetAndDestroy());
      });
    });
    const made = client();
    await made.fetch(url, GET);
    expect((await failureOf(url, GET, made)).code).toBe('temporarily_unavailable');
    expect(requests).toBe(2);
  });

  it('a first connection that is reset is not replaced', async () => {
    let connections = 0;
    const url = await rawServer((socket) => {
      connections += 1;
      socket.on('data', () => socket.resetAndDestroy());
    });
    await failureOf(url);
    expect(connections).toBe(1);
  });

  it('with bytes nobody asked for do not serve the next request', async () => {
    const url = await rawServer((socket, count) => {
      const extra = count === 1 ? `${OK}Content-Length: 4\r\n\r\nevil` : '';
      socket.on('data', () => socket.write(`${OK}Content-Length: 2\r\n\r\n{}${extra}`));
    });
    const made = client();
    const first = await made.fetch(url, GET).then(
      (response) => response.text(),
      () => '',
    );
    expect(first).not.toContain('evil');
    expect(await (await made.fetch(url, GET)).text()).toBe('{}');
  });

  it('that received bytes while idle do not serve the next request', async () => {
    const url = await rawServer((socket, count) => {
      socket.on('data', () => socket.write(`${OK}Content-Length: 2\r\n\r\n{}`));
      if (count > 1) return;
      setTimeout(() => socket.write(`${OK}Content-Length: 4\r\n\r\nevil`), 30);
    });
    const made = client();
    await made.fetch(url, GET);
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(await (await made.fetch(url, GET)).text()).toBe('{}');
  });

  it('are closed by close(), and requests under way end', async () => {
    const url = await rawServer(() => {});
    const made = client({ deadlineSeconds: 9 });
    const pending = failureOf(url, GET, made);
    setTimeout(() => made.close(), 30);
    expect((await pending).code).toBe('temporarily_unavailable');
  });
});

it('100 requests at once all settle, half of them failing', async () => {
  const url = await rawServer((socket, count) => {
    socket.on('data', () => {
      if (count % 2) socket.resetAndDestroy();
      else socket.end(`${OK}Content-Length: 2\r\nConnection: close\r\n\r\n{}`);
    });
  });
  const made = client({ deadlineSeconds: 2 });
  const results = await Promise.allSettled(Array.from({ length: 100 }, () => made.fetch(url, GET)));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(50);
});
