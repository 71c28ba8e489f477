import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { Fault, Reply } from './scripted-server.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const BOMB = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '));

/** Writes to the socket what HTTP would never let through. */
function raw(bytes: string): Fault {
  return (response) => response.socket?.end(bytes);
}

function headersThen(body: string, after: (response: ServerResponse) => void): Fault {
  return (response) => {
    response.writeHead(200, { ...JSON_TYPE, 'content-length': 1000 });
    response.flushHeaders();
    if (body) response.write(body, () => after(response));
    else after(response);
  };
}

/** One byte now and then, for ever: each keeps an idle timer from going off. */
const drip: Fault = (response) => {
  response.writeHead(200, JSON_TYPE);
  const timer = setInterval(() => response.write(' '), 50);
  response.on('close', () => clearInterval(timer));
};

/** The connection breaks, stalls or carries something that is no HTTP answer: nothing can be known. */
export const TRANSPORT_FAULTS: Readonly<Record<string, Fault | Reply>> = {
  'no answer at all': () => {},
  'headers and then nothing': headersThen('', () => {}),
  'half a body and then nothing': headersThen('{"access_token":', () => {}),
  'a truncated body': headersThen('{"access_token":', (response) => response.socket?.end()),
  'a truncated chunked body': raw(
    'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"a":',
  ),
  'a slow drip beyond the deadline': drip,
  'a reset connection': (response) => response.socket?.resetAndDestroy(),
  'a reset in the middle of the body': headersThen('{', (response) =>
    response.socket?.resetAndDestroy(),
  ),
  'a closed connection': (response) => response.socket?.end(),
  'malformed HTTP': raw('HELLO\r\n\r\n'),
  'malformed headers': raw('HTTP/1.1 200 OK\r\n: x\r\nnonsense\r\n\r\n{}'),
  'two content lengths': raw('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}'),
  'an unasked 101': raw(
    'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
  ),
  'headers of 64 kB': raw(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(65_536)}\r\n\r\n{}`),
  'a 2 MiB body': { headers: JSON_TYPE, body: `"${'x'.repeat(2 * 1024 * 1024)}"` },
  'a gzip bomb': { headers: { ...JSON_TYPE, 'content-encoding': 'gzip' }, body: BOMB },
  'plain text that says gzip': {
    headers: { ...JSON_TYPE, 'content-encoding': 'gzip' },
    body: '{}',
  },
  'an unknown content encoding': {
    headers: { ...JSON_TYPE, 'content-encoding': 'rot13' },
    body: '{}',
  },
};

/** The server says that it cannot answer now. */
export const OUTAGES: Readonly<Record<string, Reply>> = {
  'status 429': { status: 429, headers: { 'retry-after': '7' }, body: { error: 'slow_down' } },
  'status 500': { status: 500, body: 'Internal Server Error' },
  'status 502 as HTML': {
    status: 502,
    headers: { 'content-type': 'text/html' },
    body: '<h1>502</h1>',
  },
  'status 503': { status: 503, headers: { 'retry-after': '7' }, body: '' },
};

/** A whole answer that is not what was asked for. */
export const WRONG_ANSWERS: Readonly<Record<string, Reply>> = {
  'status 204': { status: 204 },
  'status 302': { status: 302, headers: { location: 'http://127.0.0.1:9/elsewhere' } },
  'status 304': { status: 304 },
  'status 307': { status: 307, headers: { location: 'http://127.0.0.1:9/elsewhere' } },
  'status 418': { status: 418, headers: JSON_TYPE, body: '{"short":"and stout"}' },
  'HTML with status 200': { headers: { 'content-type': 'text/html' }, body: '<h1>Welcome</h1>' },
  'JSON without a content type': { body: '{"access_token":"a","token_type":"Bearer"}' },
  'an empty body': { headers: JSON_TYPE, body: '' },
  'the body null': { headers: JSON_TYPE, body: 'null' },
  'the body []': { headers: JSON_TYPE, body: '[]' },
  'the body "text"': { headers: JSON_TYPE, body: '"text"' },
  'the body {}': { headers: JSON_TYPE, body: '{}' },
  'the body {"__proto__":…}': { headers: JSON_TYPE, body: '{"__proto__":{"sub":"a","keys":[]}}' },
  'half of a JSON object': { headers: JSON_TYPE, body: '{"access_token":"a' },
  'deeply nested JSON': { headers: JSON_TYPE, body: `${'['.repeat(100_000)}` },
  'invalid UTF-8': { headers: JSON_TYPE, body: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]) },
};
