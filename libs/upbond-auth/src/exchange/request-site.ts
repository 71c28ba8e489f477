import type { IncomingHttpHeaders } from 'node:http';

/** Whose requests are the application's own. */
export interface OwnOrigins {
  /** The application's origin first. */
  readonly allowedOrigins: readonly string[];
  /** Whether a request that says nothing of where it comes from is taken for an own one. */
  readonly dangerouslyAllowMissingOrigin: boolean;
}

/**
 * Whether a request that changes something was made by the application's own pages or by the user,
 * and not by another site with the user's cookies.
 *
 * Fetch Metadata decides where the browser sends it: `same-origin`, or `none` for what the user did in
 * the browser itself. From other sites, and without Fetch Metadata, the `Origin` header must be one of
 * those that are allowed. With neither header nobody vouches for the request, and it counts as foreign.
 * @see W3C Fetch Metadata Request Headers §2.4 · RFC 6454 §7
 */
export function isOwnRequest(headers: IncomingHttpHeaders, own: OwnOrigins): boolean {
  const { origin, 'sec-fetch-site': site } = headers;
  if (site === 'same-origin' || site === 'none') return true;
  if (origin === undefined) return site === undefined && own.dangerouslyAllowMissingOrigin;
  const position = own.allowedOrigins.indexOf(origin);
  // What claims to come from our own origin and from another site at once is no browser's
  return site === undefined ? position >= 0 : position > 0;
}

/** Methods that must not change anything (RFC 9110 §9.2.1). */
export function isSafeMethod(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

/**
 * Whether a request with the user's cookies has to be an own one: it changes something, or it opens a
 * WebSocket, over which everything can be asked and the answers can be read from any site (RFC 6455 §10.2).
 */
export function needsOwnOrigin(method: string, headers: IncomingHttpHeaders): boolean {
  return !isSafeMethod(method) || isUpgradeToWebSocket(headers);
}

/** RFC 6455 §4.1 (5): any case, possibly one of several protocols. */
export function isUpgradeToWebSocket({ upgrade }: IncomingHttpHeaders): boolean {
  return upgrade !== undefined && /(^|[\s,])websocket($|[\s,/])/i.test(upgrade);
}
