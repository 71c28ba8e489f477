import type { EveryTransport } from '../support/every-transport.js';
import {
  graphql,
  message,
  packet,
  replyOf,
  request,
  subscribe,
  type Credential,
  type Reply,
} from '../support/wires.js';
import type { Answer } from '../support/user-agent.js';
import { TRANSPORTS, type DecoratorName, type TransportName } from './rules.js';

/** Calls the handler of a cell over the wire. */
type Call = (to: EveryTransport, at: DecoratorName, by: Credential) => Promise<Reply>;

const operation =
  (query: (name: string) => string): Call =>
  (to, at, by) =>
    graphql(to.url, query(at), by);

const socket =
  (kind: 'gateway' | 'message'): Call =>
  (to, at, by) =>
    message(to.library, to.url, `${kind}/${at}`, 'call', by);

const CALLS: Record<TransportName, Call> = {
  'HTTP GET': (to, at, by) => http(`${to.url}/get/${at}`, 'GET', by),
  'HTTP POST': (to, at, by) => http(`${to.url}/post/${at}`, 'POST', by),
  SSE: (to, at, by) => http(`${to.url}/sse/${at}`, 'GET', by),
  'GraphQL query': operation((name) => `{ ${name} }`),
  'GraphQL mutation': operation((name) => `mutation { ${name} }`),
  'GraphQL field': operation((name) => `{ item { ${name} } }`),
  'GraphQL subscription': (to, at, by) => subscribe(to.url, `subscription { ${at} }`, by),
  'ws gateway': socket('gateway'),
  'ws message': socket('message'),
  'socket.io gateway': socket('gateway'),
  'socket.io message': socket('message'),
  TCP: (to, at, by) => packet(to.senders.TCP, `matrix.${at}`, by),
  Redis: (to, at, by) => packet(to.senders.Redis, `matrix.${at}`, by),
};

/** Which application a transport is of. */
export function libraryOf(transport: TransportName) {
  return transport.startsWith('ws ') ? 'ws' : 'socket.io';
}

export const TRANSPORT_NAMES = Object.keys(TRANSPORTS) as TransportName[];

/** What came of a cell, in the words of the rules. */
export async function outcome(
  transport: TransportName,
  ...cell: Parameters<Call>
): Promise<string> {
  const reply = await CALLS[transport](...cell);
  return 'refused' in reply ? reply.refused : `answered ${subjectIn(reply.data)}`;
}

const STATUS: Record<string, number> = {
  invalid_request: 400,
  login_required: 401,
  invalid_token: 401,
  insufficient_user_authentication: 401,
  cross_site_request: 403,
  insufficient_scope: 403,
  insufficient_permissions: 403,
};

/** A request whose headers have to be right, too. */
async function http(url: string, method: string, credential: Credential): Promise<Reply> {
  const answer = await request(url, method, credential);
  const reply = replyOf(answer);
  const problem = problemOf(answer, reply, credential);
  return problem === undefined ? reply : { refused: problem };
}

/** Whatever becomes of a bearer token: no cookie, nothing for a cache to keep. */
function problemOf(
  { status, headers, body }: Answer,
  reply: Reply,
  { authorization }: Credential,
): string | undefined {
  const isRight = 'refused' in reply ? status === STATUS[reply.refused] : status < 300;
  if (!isRight) return `${status} ${body}`;
  if (authorization === undefined) return undefined;
  if (headers.getSetCookie().length > 0) return 'a cookie for a bearer token';
  if (!/no-store/.test(headers.get('cache-control') ?? '')) return 'can be cached';
  return /authorization/i.test(headers.get('vary') ?? '') ? undefined : 'does not vary';
}

/** `{ sub }`, or the only leaf of what GraphQL answers. */
function subjectIn(data: unknown): string {
  if (typeof data !== 'object' || data === null) return String(data);
  return subjectIn(Object.values(data)[0]);
}
