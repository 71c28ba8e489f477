import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a request that changes something was made by the application's own pages or by the user,
 * and not by another site with the user's cookies.
 *
 * Fetch Metadata decides where the browser sends it: `same-origin`, or `none` for what the user
 * typed. Without it the `Origin` header must be the application's own; with neither header nobody
 * vouches for the request, and it counts as foreign.
 * @see W3C Fetch Metadata Request Headers §2.4 · RFC 6454 §7
 */
export function isOwnRequest(headers: IncomingHttpHeaders, ownOrigin: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  return headers.origin === ownOrigin;
}

/** Methods that must not change anything (RFC 9110 §9.2.1). */
export function isSafeMethod(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}
