import type { IncomingHttpHeaders } from 'node:http';

/** What the rules read of a request. */
export interface SiteRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

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

/**
 * Whether a request may use its cookies: what changes nothing may, and what the application's own pages
 * ask for. Over a WebSocket everything can be asked, and the answers be read from any site.
 */
export function isSafeOrOwnRequest(request: SiteRequest, own: OwnOrigins): boolean {
  if (isUpgradeToWebSocket(request.headers)) return isOwnHandshake(request, own);
  return isSafeMethod(request.method) || isOwnRequest(request.headers, own);
}

/**
 * Whether the handshake of a socket may use its cookies. It is a GET, but what it opens is not bound to
 * an origin: any page can open a WebSocket to here, and browsers add the cookies. They also always say
 * which page it is, so an upgrade without an allowed `Origin` is refused; a handshake by long polling
 * follows the rules of other requests.
 * @see RFC 6455 §4.1 (8) and §10.2
 */
export function isOwnHandshake({ headers }: SiteRequest, own: OwnOrigins): boolean {
  const { origin, upgrade } = headers;
  if (upgrade !== undefined && !own.allowedOrigins.includes(origin ?? '')) return false;
  return isOwnRequest(headers, own);
}

/** Methods that must not change anything (RFC 9110 §9.2.1). */
export function isSafeMethod(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

/** RFC 6455 §4.1 (5): any case, possibly one of several protocols. */
export function isUpgradeToWebSocket({ upgrade }: IncomingHttpHeaders): boolean {
  return upgrade !== undefined && /(^|[\s,])websocket($|[\s,/])/i.test(upgrade);
}
