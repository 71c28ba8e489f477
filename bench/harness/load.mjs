// @ts-check
// An HTTP/1.1 load generator on bare sockets. It reads every answer to its end and has it verified.
import { connect } from 'node:net';

/**
 * @typedef {{ status: number, head: string, body: string }} Answer
 *
 * @typedef {object} Load
 * @property {number} port
 * @property {number} [connections]
 * @property {number} [seconds] no request starts later
 * @property {number} [requests] no more requests than that
 * @property {boolean} [isAwake] whether this process never sleeps meanwhile
 * @property {(index: number) => Buffer | string} request
 * @property {(answer: Answer, index: number) => boolean} verify
 */

const TIME_OUT_MILLISECONDS = 30_000;

/** The bytes of a GET request. @param {string} path @param {Record<string, string>} [headers] */
export function get(path, headers = {}) {
  const lines = Object.entries({ host: 'localhost', ...headers }).map((pair) => pair.join(': '));
  return `GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}

/**
 * Sends requests over a few connections, one at a time on each.
 *
 * @param {Load} load
 * @returns {Promise<{ count: number, seconds: number, latencies: Float64Array }>}
 */
export async function drive({ connections = 16, ...load }) {
  const run = { next: 0, end: performance.now() + (load.seconds ?? Infinity) * 1000 };
  const latencies = /** @type {number[]} */ ([]);
  const start = performance.now();
  const rest = load.isAwake ? stayAwake() : () => {};
  await Promise.all(
    Array.from({ length: connections }, () => converse({ connections, ...load }, run, latencies)),
  ).finally(rest);
  const seconds = (performance.now() - start) / 1000;
  return { count: latencies.length, seconds, latencies: Float64Array.from(latencies).sort() };
}

/**
 * Waking a process that sleeps is work of the kernel, and charged to whoever wakes it: the server under
 * test, which would pay more the slower it is, because the load then waits more often.
 */
function stayAwake() {
  let isOver = false;
  const turn = () => isOver || setImmediate(turn);
  turn();
  return () => void (isOver = true);
}

/**
 * @param {Load} load
 * @param {{ next: number, end: number }} run
 * @param {number[]} latencies in milliseconds
 * @returns {Promise<void>}
 */
function converse({ port, requests = Infinity, request, verify }, run, latencies) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let index = 0;
    let sent = 0;
    let received = '';
    const send = () => {
      sent = performance.now();
      if (run.next >= requests || sent >= run.end) return void socket.end(() => resolve());
      index = run.next++;
      socket.write(request(index));
    };
    socket.setNoDelay(true).setEncoding('latin1').setTimeout(TIME_OUT_MILLISECONDS);
    socket.once('connect', send);
    socket.on('data', (chunk) => {
      received = received ? received + chunk : String(chunk);
      const answer = parse(received);
      if (!answer) return;
      latencies.push(performance.now() - sent);
      if (!verify(answer, index)) {
        socket.destroy(new Error(`wrong answer:\n${received.slice(0, 800)}`));
        return;
      }
      received = '';
      send();
    });
    socket.once('timeout', () => socket.destroy(new Error('no answer within 30 s')));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the server closed the connection')));
  });
}

/** A whole answer, or nothing yet. @param {string} text @returns {Answer | undefined} */
function parse(text) {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const status = Number(text.slice(9, 12));
  const head = text.slice(0, end + 2);
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(head)?.[1];
  const body = text.slice(end + 4);
  if (length !== undefined)
    return body.length < Number(length) ? undefined : { status, head, body };
  const isChunked = /\r\ntransfer-encoding: chunked\r\n/i.test(head);
  return isChunked && !body.endsWith('0\r\n\r\n') ? undefined : { status, head, body };
}

/** The Cookie header after an answer. @param {string} head @param {string} [before] */
export function cookiesAfter(head, before = '') {
  const jar = new Map(before.split('; ').flatMap((pair) => (pair ? [split(pair)] : [])));
  for (const [, pair = '', attributes = ''] of head.matchAll(
    /\r\nset-cookie: ([^;\r]*)([^\r]*)/gi,
  )) {
    const [name, value] = split(pair);
    const isDeleted = value === '' || /max-age=0|expires=Thu, 01 Jan 1970/i.test(attributes);
    if (isDeleted) jar.delete(name);
    else jar.set(name, value);
  }
  return [...jar].map((pair) => pair.join('=')).join('; ');
}

/** @param {string} pair @returns {[string, string]} */
function split(pair) {
  const mark = pair.indexOf('=');
  return [pair.slice(0, mark), pair.slice(mark + 1)];
}

/** @param {string} head */
export function locationOf(head) {
  return /\r\nlocation: ([^\r]*)/i.exec(head)?.[1] ?? '';
}
