import type { PlatformRequest } from './platform-request.js';

/** The request of a GraphQL operation: the platform's own, or the one that opened the WebSocket. */
export interface GraphqlRequest extends PlatformRequest {
  readonly raw?: NonNullable<PlatformRequest['raw']> & { readonly socket?: Socket };
  readonly socket?: Socket;
}

/** What a request came in by: a TCP connection. */
interface Socket {
  readonly destroyed?: boolean;
  destroy(): void;
  once(event: 'close', listener: () => void): unknown;
}

/** The WebSocket of the package `ws`. */
interface WebSocket {
  close(code: number, reason: string): void;
}

/** What graphql-ws calls the context of a connection. */
export interface GraphqlConnection {
  /** What the client sent to open the connection: any JSON object. */
  readonly connectionParams?: unknown;
  readonly extra: { readonly request: GraphqlRequest; readonly socket?: WebSocket };
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
    .filter(([name, value]) => name.toLowerCase() === 'authorization' && isSaid(value))
    .map(([, value]) => (typeof value === 'string' ? value : 'Bearer'));
  return said.length > 0 ? said : undefined;
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null;
}

export function isRequest(value: unknown): value is GraphqlRequest {
  return isObject(value) && typeof value['method'] === 'string' && isObject(value['headers']);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
