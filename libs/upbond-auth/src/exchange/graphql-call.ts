import type { PlatformRequest } from './exchange.service.js';

/** The request of a GraphQL operation: the platform's own, or the one that opened the WebSocket. */
export interface GraphqlRequest extends PlatformRequest {
  readonly raw?: NonNullable<PlatformRequest['raw']> & { readonly socket?: Socket };
  readonly socket?: Socket;
}

/** What a request came in by: a TCP connection. */
interface Socket {
  destroy(): void;
  once(event: 'close', listener: () => void): unknown;
}

/** The WebSocket of the package `ws`. */
interface WebSocket {
  close(code: number, reason: string): void;
}

/** One field that is being resolved, and where its operation came from. */
export interface GraphqlCall {
  /** What the application's context factory made for this operation. */
  readonly context: object;
  /** Where the field is in the answer: one object for each field, linked to that of its parent. */
  readonly path: FieldPath;
  readonly isSubscription: boolean;
  /** What resolvers know as `req`: the platform's request, or the connection of graphql-ws. */
  readonly req: { user?: unknown };
  readonly request: GraphqlRequest;
  /** Nothing where there is none to write to, such as on a WebSocket. */
  readonly response: unknown;
  readonly connection: GraphqlConnection | undefined;
}

/** `GraphQLResolveInfo.path` */
export interface FieldPath {
  readonly prev?: FieldPath | undefined;
}

/** What graphql-ws calls the context of a connection. */
export interface GraphqlConnection {
  /** What the client sent to open the connection: any JSON object. */
  readonly connectionParams?: unknown;
  readonly extra: { readonly request: GraphqlRequest; readonly socket?: WebSocket };
}

/**
 * Reads the arguments of a resolver. Their shapes are those of `@nestjs/apollo`, which puts the request
 * or the connection of graphql-ws at `req` of whatever a context factory returns. Nothing when there is
 * no request in it.
 */
export function graphqlCall(args: readonly unknown[]): GraphqlCall | undefined {
  // (source, args, context, info), of a reference without args, of a type with the type behind
  const at = args.findLastIndex(isResolveInfo);
  const [context, info] = [args[at - 1], args[at]];
  if (!isObject(context) || !isResolveInfo(info)) return undefined;
  const req = context['req'] ?? context['request'];
  const connection = graphqlConnection(req);
  const request = connection ? connection.extra.request : req;
  if (!isObject(req) || !isRequest(request)) return undefined;
  const response = context['res'] ?? context['reply'] ?? context['response'] ?? req['res'];
  return {
    context,
    path: info.path,
    isSubscription: info.operation?.operation === 'subscription',
    req,
    request,
    response: !connection && isResponse(response) ? response : undefined,
    connection,
  };
}

/** The connection of graphql-ws, if it is one whose upgrade request can be read. */
export function graphqlConnection(value: unknown): GraphqlConnection | undefined {
  if (!isObject(value) || !isObject(value['extra'])) return undefined;
  return isRequest(value['extra']['request']) ? (value as unknown as GraphqlConnection) : undefined;
}

/**
 * What `connectionParams` say for the `Authorization` header that browsers cannot send with a WebSocket,
 * in its place. Whatever is no text counts as a malformed bearer token.
 */
export function connectionAuthorization(params: unknown): readonly string[] | undefined {
  if (!isObject(params)) return undefined;
  const said = Object.entries(params)
    .filter(([name, value]) => name.toLowerCase() === 'authorization' && value != null)
    .map(([, value]) => (typeof value === 'string' ? value : 'Bearer'));
  return said.length > 0 ? said : undefined;
}

interface ResolveInfo {
  readonly path: FieldPath;
  readonly operation?: { readonly operation?: unknown };
}

function isResolveInfo(value: unknown): value is ResolveInfo {
  return isObject(value) && typeof value['fieldName'] === 'string' && isObject(value['path']);
}

function isRequest(value: unknown): value is GraphqlRequest {
  return isObject(value) && typeof value['method'] === 'string' && isObject(value['headers']);
}

/** Of Express or Fastify; Node's own and that of the Fetch API have no `header()`. */
function isResponse(value: unknown): boolean {
  return (
    isObject(value) &&
    typeof value['header'] === 'function' &&
    typeof value['getHeader'] === 'function'
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
