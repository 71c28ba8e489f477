import type { IncomingHttpHeaders } from 'node:http';
import type { OwnCookies } from '../cookies/cookie-header.js';

/**
 * One HTTP request and the headers of its answer, the same on every platform. Everything that this
 * library reads of a request or writes to an answer passes through here.
 */
export interface Exchange {
  readonly method: string;
  /** Path and query as the application received them; a path-stripping proxy may have cut the path. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Every `Authorization` header as it was sent; Node keeps only the first among its `headers`. */
  readonly authorization: readonly string[];
  /** Query parameters with duplicates, whatever query parser the platform is configured with. */
  readonly query: URLSearchParams;
  /** The cookies of this instance. */
  readonly cookies: OwnCookies;
  /** Whether the answer can still get headers. Where it cannot, nothing is written and nothing fails. */
  readonly isWritable: boolean;
  /** Names of the cookies that the answer sets by now; what it sets later under them replaces them. */
  readonly cookiesSet: readonly string[];
  setHeader(name: string, value: string): void;
  /**
   * Sets a cookie that the browser forgets after some seconds. With `none` it also comes along with
   * what other sites post (RFC 6265bis §5.6.7).
   */
  setCookie(name: string, value: string, maxAgeSeconds: number, sameSite?: 'lax' | 'none'): void;
  deleteCookie(name: string): void;
  /**
   * Forbids every cache to keep the answer: it depends on a cookie (RFC 9111 §5.2.2.5 and §4.1).
   *
   * @param headers as for {@link Exchange.varyBy} @default Cookie
   */
  forbidCaching(headers?: VaryingHeaders): void;
  /** Tells caches that the answer would be another one for other values of these headers (RFC 9110 §12.5.5). */
  varyBy(headers: VaryingHeaders): void;
}

/** What an answer can depend on. */
export type VaryingHeaders = 'Cookie' | 'Authorization' | 'Authorization, Cookie';

/** The values of a query parameter, if it was sent exactly once. */
export function single(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name);
  return values.length === 1 ? values[0] : undefined;
}
