import { createClient } from 'graphql-ws';
import { WebSocket, type ClientOptions } from 'ws';
import type { Sender } from '../microservices/fixture.js';
import { ask, connect } from '../sockets/clients.js';
import type { Library } from '../sockets/gateways.js';
import { UserAgent, type Answer } from './user-agent.js';

/** What a call brings along, whatever carries it. */
export interface Credential {
  /** Cookies, and what browsers say of the page that asks. */
  readonly headers?: Readonly<Record<string, string>>;
  /** `Bearer`, a space and a token. */
  readonly authorization?: string;
}

/** What the handler said, or the code of the refusal. */
export type Reply = { readonly data: unknown } | { readonly refused: string };

/** `Authorization` where headers can be had. */
export function headersOf({ headers = {}, authorization }: Credential): Record<string, string> {
  return { ...headers, ...(authorization !== undefined && { authorization }) };
}

/** A request of a program: nobody redirects it. */
export function request(
  url: string,
  method: string,
  credential: Credential,
  more: Readonly<Record<string, string>> = {},
  body?: string,
): Promise<Answer> {
  const headers = { accept: 'application/json', ...more, ...headersOf(credential) };
  return new UserAgent().request(url, { method, headers, ...(body !== undefined && { body }) });
}

/** Reads the answer to an HTTP request, server-sent events included. */
export function replyOf({ status, headers, body }: Answer): Reply {
  const type = headers.get('content-type') ?? '';
  if (status >= 400) return { refused: codeIn(type, body) ?? withoutBody(status, headers) };
  if (type.startsWith('text/event-stream')) return { data: json(/data: (.*)/.exec(body)?.[1]) };
  return { data: type.startsWith('application/json') ? json(body) : body };
}

/** An operation by `POST`, as GraphQL clients send it. */
export async function graphql(url: string, query: string, credential: Credential): Promise<Reply> {
  const type = { 'content-type': 'application/json' };
  const body = JSON.stringify({ query });
  const answer = await request(`${url}/graphql`, 'POST', credential, type, body);
  return graphqlReply(json(answer.body) as GraphqlResult);
}

/** The first event of a subscription over graphql-ws; the token is in its `connectionParams`. */
export async function subscribe(
  url: string,
  query: string,
  { headers = {}, authorization }: Credential,
): Promise<Reply> {
  class SocketWithHeaders extends WebSocket {
    constructor(address: string, protocols: string[], options?: ClientOptions) {
      super(address, protocols, { ...options, headers: { ...headers } });
    }
  }
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: SocketWithHeaders,
    retryAttempts: 0,
    ...(authorization !== undefined && { connectionParams: { authorization } }),
  });
  try {
    const { value } = await client.iterate({ query }).next();
    return graphqlReply(value as GraphqlResult);
  } finally {
    await client.dispose();
  }
}

/** A message to a gateway. Whoever may not connect is refused before it. */
export async function message(
  library: Library,
  url: string,
  place: string,
  event: string,
  credential: Credential,
): Promise<Reply> {
  const client = await connect(library, url, place, handshakeOf(library, credential));
  if (!('send' in client)) return { refused: client.code ?? `status ${client.status}` };
  try {
    const answer = await ask(client, event);
    return answer.event === event ? { data: answer.data } : { refused: text(answer.data['code']) };
  } finally {
    client.close();
  }
}

/** A request over a transport of packets. */
export async function packet(
  sender: Sender,
  pattern: unknown,
  credential: Credential,
): Promise<Reply> {
  const { values, error } = await sender.ask(pattern as string, metadataOf(credential));
  if (values) return { data: values[0] };
  const { code, message: because } = error as { code?: string; message?: string };
  return { refused: code ?? because ?? text(error) };
}

/** What travels beside the data of a packet. Cookies would be of no use there. */
export function metadataOf({ headers, authorization }: Credential): object {
  return { ...headers, ...(authorization !== undefined && { authorization }) };
}

/** Browsers cannot set headers for socket.io: their token is in `auth`. */
function handshakeOf(library: Library, credential: Credential) {
  if (library === 'ws') return { headers: headersOf(credential) };
  const { headers = {}, authorization } = credential;
  const auth = authorization === undefined ? {} : { token: authorization.replace('Bearer ', '') };
  return { headers: { ...headers }, auth };
}

interface GraphqlResult {
  readonly data?: unknown;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: { readonly originalError?: { readonly error?: string } };
  }[];
}

function graphqlReply({ data, errors: [error] = [] }: GraphqlResult): Reply {
  if (!error) return { data };
  return { refused: error.extensions?.originalError?.error ?? error.message };
}

/** A challenge without an error says that nobody is signed in (RFC 6750 §3.1): all that `HEAD` gets. */
function withoutBody(status: number, headers: Headers): string {
  const challenge = headers.get('www-authenticate') ?? 'error=';
  return status === 401 && !challenge.includes('error=') ? 'login_required' : `status ${status}`;
}

function codeIn(type: string, body: string): string | undefined {
  if (!type.startsWith('application/json')) return undefined;
  return (json(body) as { error?: string } | undefined)?.error;
}

function json(body: string | undefined): unknown {
  return body === undefined || body === '' ? undefined : (JSON.parse(body) as unknown);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
