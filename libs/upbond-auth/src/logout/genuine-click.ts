import type { IncomingHttpHeaders } from 'node:http';
import { isPrefetch } from '../exchange/navigation.js';

/**
 * Whether a GET is a person's click on one of the application's own pages: not a prefetch, an image, a
 * frame, a script's request, a typed address or another site's link. A browser that does not say so
 * by Fetch Metadata proves nothing.
 * @see W3C Fetch Metadata Request Headers §2
 */
export function isGenuineClick(method: string, headers: IncomingHttpHeaders): boolean {
  return (
    // HEAD is routed like GET
    method === 'GET' &&
    !isPrefetch(headers) &&
    headers['sec-fetch-site'] === 'same-origin' &&
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document' &&
    headers['sec-fetch-user'] === '?1'
  );
}
