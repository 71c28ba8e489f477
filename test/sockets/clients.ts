import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { io, type Socket } from 'socket.io-client';
import { WebSocket } from 'ws';
import { until } from '../support/waiting.js';
import type { Library } from './gateways.js';

/** What a client brings along. */
export interface Credentials {
  readonly headers?: Record<string, string>;
  /** `auth` of socket.io. */
  readonly auth?: object;
  readonly transports?: string[];
}

/** What a client is sent. */
export interface Message {
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** How a client was refused. */
export interface Refusal {
  readonly code: string | undefined;
  /** Of `ws` alone. */
  readonly status?: number;
  readonly headers?: IncomingMessage['headers'];
}

/** A connection, the same for both libraries. */
export interface Client {
  readonly messages: Message[];
  send(event: string, data?: unknown): void;
  /** Why it was closed: the code of the library under test, if there is one. */
  readonly closed: Promise<string>;
  isClosed(): boolean;
  close(): void;
}

/** Opens a connection; answers the refusal when there is none. */
export function connect(
  library: Library,
  url: string,
  place: string,
  credentials: Credentials = {},
): Promise<Client | Refusal> {
  return library === 'ws' ? connectWs(url, place, credentials) : connectIo(url, place, credentials);
}

/** Opens a connection that has to be let in. */
export async function connected(...args: Parameters<typeof connect>): Promise<Client> {
  const outcome = await connect(...args);
  if ('send' in outcome) return outcome;
  throw new Error(`refused: ${JSON.stringify(outcome)}`);
}

/** `connected`, or the code of the refusal. */
export async function outcomeOf(...args: Parameters<typeof connect>): Promise<string> {
  const outcome = await connect(...args);
  if (!('send' in outcome)) return outcome.code ?? `no code, status ${outcome.status}`;
  outcome.close();
  return 'connected';
}

/** What is answered to a message: the event, or the code of the exception. */
export async function ask(client: Client, event: string, data: unknown = {}): Promise<Message> {
  const before = client.messages.length;
  client.send(event, data);
  const isAnswer = (one: Message) => one.event === event || one.event === 'exception';
  let found: Message | undefined;
  await until(
    async () => (found = client.messages.slice(before).find(isAnswer)) !== undefined,
    `no answer to ${event}`,
    5000,
  );
  return found as Message;
}

/** The answer as one word: `ok`, or the code of the refusal. */
export async function verdict(client: Client, event: string): Promise<string> {
  const { event: answered, data } = await ask(client, event);
  return answered === event ? 'ok' : String(data['code'] ?? JSON.stringify(data));
}

async function connectWs(
  url: string,
  place: string,
  { headers = {} }: Credentials,
): Promise<Client | Refusal> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/${place}`, { headers });
  const messages: Message[] = [];
  let isClosed = false;
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as Message));
  const closed = new Promise<string>((resolve) => {
    socket.on('close', (code, reason) => {
      isClosed = true;
      resolve(`${code} ${reason.toString()}`);
    });
  });
  const refused = new Promise<Refusal>((resolve, reject) => {
    socket.on('unexpected-response', (_request, response) => {
      text(response)
        .then((body) => {
          const { error } = parse(body);
          resolve({ status: response.statusCode ?? 0, headers: response.headers, code: error });
        })
        .catch(reject);
    });
    socket.on('error', (error) => resolve({ code: `error ${error.message}` }));
  });
  const opened = once(socket, 'open').catch(() => refused);
  const outcome = await Promise.race([refused, opened]);
  if (!Array.isArray(outcome)) return outcome;
  return {
    messages,
    closed,
    isClosed: () => isClosed,
    send: (event, data) => socket.send(JSON.stringify({ event, data })),
    close: () => socket.close(),
  };
}

function parse(body: string): { error?: string } {
  try {
    return JSON.parse(body) as { error?: string };
  } catch {
    return {};
  }
}

async function connectIo(
  url: string,
  place: string,
  { headers = {}, auth = {}, transports = ['websocket'] }: Credentials,
): Promise<Client | Refusal> {
  const socket: Socket = io(`${url}/${place}`, {
    extraHeaders: headers,
    auth: auth as Record<string, unknown>,
    transports,
    forceNew: true,
    reconnection: false,
  });
  const messages: Message[] = [];
  let isClosed = false;
  socket.onAny((event: string, data: Record<string, unknown>) => messages.push({ event, data }));
  const closed = new Promise<string>((resolve) => {
    socket.on('disconnect', (reason) => {
      isClosed = true;
      const last = messages.filter(({ event }) => event === 'exception').at(-1);
      resolve(`${reason} ${String(last?.data['code'] ?? '')}`.trim());
    });
  });
  const refusal = await new Promise<Refusal | undefined>((resolve) => {
    socket.on('connect', () => resolve(undefined));
    socket.on('connect_error', (error) => {
      const { data } = error as Error & { data?: { code?: string } };
      resolve({ code: data?.code ?? error.message });
    });
  });
  if (refusal) {
    socket.close();
    return refusal;
  }
  return {
    messages,
    closed,
    isClosed: () => isClosed,
    send: (event, data) => void socket.emit(event, data),
    close: () => void socket.close(),
  };
}
