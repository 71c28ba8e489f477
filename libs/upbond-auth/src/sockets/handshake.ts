import type { IncomingHttpHeaders } from 'node:http';
import { ownCookies, type OwnCookies } from '../cookies/cookie-header.js';
import { authorizationHeaders } from '../exchange/authorization-headers.js';
import type { Exchange } from '../exchange/exchange.js';

/** Node's own request, as far as a handshake is read. */
export interface HandshakeRequest {
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
}

/**
 * The request that opens a connection. Its answer is the library's that opens it: no cookie is set, and
 * a session is not prolonged in its cookie. Nothing of the query is read (RFC 9700 §4.3.2).
 */
export class Handshake implements Exchange {
  readonly method = 'GET';
  readonly url = '/';
  readonly query = new URLSearchParams();
  readonly isWritable = false;
  readonly cookiesSet = [];
  readonly headers: IncomingHttpHeaders;
  readonly authorization: readonly string[];
  readonly cookies: OwnCookies;

  /**
   * @param cookiePrefix that of the cookies of this instance
   * @param token what socket.io's client sent as `auth.token`: it decides before any header
   */
  constructor({ headers, rawHeaders }: HandshakeRequest, cookiePrefix: string, token?: unknown) {
    const hasToken = token !== undefined && token !== null;
    this.headers = headers;
    this.cookies = ownCookies(headers.cookie, cookiePrefix);
    this.authorization = hasToken ? [bearer(token)] : authorizationHeaders(rawHeaders);
  }

  // Nothing can be added to the answer
  setHeader(): void {}
  setCookie(): void {}
  deleteCookie(): void {}
  forbidCaching(): void {}
  varyBy(): void {}
}

/** What is no text makes a malformed credential, which is refused like one of a header. */
function bearer(token: unknown): string {
  return `Bearer ${typeof token === 'string' ? token : ''}`;
}
