import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a person is looking at the browser's address bar for this request: a GET that loads a page,
 * not a script's request, an embedded resource, a frame or a prefetch.
 * @see W3C Fetch Metadata Request Headers §2
 */
export function isPageNavigation(method: string, headers: IncomingHttpHeaders): boolean {
  if (method !== 'GET' || isPrefetch(headers)) return false;
  const mode = headers['sec-fetch-mode'];
  if (mode !== undefined) return mode === 'navigate' && headers['sec-fetch-dest'] === 'document';
  return headers['x-requested-with'] === undefined && acceptsHtml(headers);
}

/** Whether the browser only guesses that somebody will want this page. */
export function isPrefetch(headers: IncomingHttpHeaders): boolean {
  const purpose = headers['sec-purpose'] ?? headers['purpose'] ?? headers['x-purpose'];
  return /prefetch|prerender|preview/i.test(String(purpose ?? headers['x-moz'] ?? ''));
}

/** Whether a person rather than a program reads the answer: HTML is wanted at least as much as JSON. */
export function acceptsHtml({ accept = '' }: IncomingHttpHeaders): boolean {
  const html = quality(accept, 'text/html');
  return html > 0 && html >= quality(accept, 'application/json');
}

/** RFC 9110 §12.5.1. A wildcard is what programs send, and says nothing of HTML. */
function quality(accept: string, type: string): number {
  for (const range of accept.toLowerCase().split(',')) {
    const [name, ...parameters] = range.split(';').map((part) => part.trim());
    if (name !== type) continue;
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    return weight === undefined ? 1 : Number(weight.slice(2)) || 0;
  }
  return 0;
}
