/** How a WebSocket is closed: a code and the reason that belongs to it. */
export type CloseCode = readonly [code: number, reason: string];

/** Of graphql-ws: its clients do not connect again by themselves. */
export const UNAUTHORIZED: CloseCode = [4401, 'Unauthorized'];
/** Of graphql-ws: its clients connect again, with what `connectionParams` answers then. */
export const FORBIDDEN: CloseCode = [4403, 'Forbidden'];
/** RFC 6455 §7.4.2, the registry of close codes. Clients of graphql-ws connect again. */
const TRY_AGAIN_LATER: CloseCode = [1013, 'Try again later'];

/** How a connection is refused, by the HTTP status that the same refusal has. */
export function closeCodeOf(status: number): CloseCode {
  if (status >= 500) return TRY_AGAIN_LATER;
  return status === 403 ? FORBIDDEN : UNAUTHORIZED;
}
