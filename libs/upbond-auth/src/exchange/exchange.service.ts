import { ServerResponse, type IncomingHttpHeaders } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ownCookies, type OwnCookies } from '../cookies/cookie-header.js';
import { cookieNames } from '../cookies/cookie-names.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { UPBOND_AUTH_CONFIG } from '../options/config.provider.js';
import { authorizationHeaders } from './authorization-headers.js';
import type { Exchange, VaryingHeaders } from './exchange.js';
import { asciiLocation } from './location.js';
import { withVarying } from './vary.js';
import type { PlatformRequest } from './platform-request.js';
import { connectionAuthorization, type GraphqlConnection } from './graphql-connection.js';

/** The one place where the platform is spoken to, through Nest's HTTP adapter. */
@Injectable()
export class ExchangeService {
  readonly #cookies: CookieAttributes;

  constructor(
    @Inject(UPBOND_AUTH_CONFIG) config: UpbondAuthConfig,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
  ) {
    const { prefix } = cookieNames(config.cookieDigest, config.secureCookies);
    const always = `; Path=/; HttpOnly${config.secureCookies ? '; Secure' : ''}`;
    const attributes = { lax: `${always}; SameSite=Lax`, none: `${always}; SameSite=None` };
    this.#cookies = { prefix, attributes };
  }

  /** @param response without one, nothing can be written */
  of(request: PlatformRequest, response: unknown): Exchange {
    return this.exchange(request, response);
  }

  /** The request that opened a WebSocket of GraphQL, with the token that the client sent along. */
  ofConnection({ extra, connectionParams }: GraphqlConnection): Exchange {
    return this.exchange(extra.request, undefined, connectionAuthorization(connectionParams));
  }

  /** Sends the browser to another page by GET; 303 says so to what was posted (RFC 9110 §15.4.4). */
  redirect(response: unknown, location: string, status: 302 | 303 = 302): void {
    const { httpAdapter } = this.host;
    httpAdapter.setHeader(response, 'Location', asciiLocation(location));
    // Express' own redirect negotiates the type of a note that nobody reads, which costs some 40 µs, and
    // its send asks whether the browser has the same answer already
    if (response instanceof ServerResponse) {
      response.statusCode = status;
      response.end();
    } else httpAdapter.reply(response, undefined, status);
  }

  reply(response: unknown, body: unknown, status: number): void {
    this.host.httpAdapter.reply(response, body, status);
  }

  private exchange(
    request: PlatformRequest,
    response: unknown,
    authorization?: readonly string[],
  ): Exchange {
    return new AdapterExchange(this.host, request, response, this.#cookies, authorization);
  }
}

const NO_STORE = 'private, no-store';
const LONG_AGO = new Date(0).toUTCString();

/** What the cookies of this instance have in common. */
interface CookieAttributes {
  readonly prefix: string;
  /** What follows the pair, by `SameSite`. */
  readonly attributes: Readonly<Record<'lax' | 'none', string>>;
}

/** Of Node's response and of Fastify's reply. */
interface Removable {
  removeHeader(name: string): unknown;
}

class AdapterExchange implements Exchange {
  /** The response where it is Node's own: whatever Express adds to its methods takes longer than they do. */
  readonly #nodeResponse: ServerResponse | undefined;
  #method: string | undefined;
  #headers: IncomingHttpHeaders | undefined;
  #deleted: Set<string> | undefined;
  #set: readonly string[] = [];
  #query: URLSearchParams | undefined;
  #cookies: OwnCookies | undefined;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly request: PlatformRequest,
    private readonly response: unknown,
    private readonly ours: CookieAttributes,
    private readonly authorizationInstead: readonly string[] | undefined,
  ) {
    this.#nodeResponse = response instanceof ServerResponse ? response : undefined;
  }

  get method(): string {
    return (this.#method ??= this.request.method);
  }

  get url(): string {
    return this.host.httpAdapter.getRequestUrl(this.request);
  }

  get headers(): IncomingHttpHeaders {
    return (this.#headers ??= this.request.headers);
  }

  get authorization(): readonly string[] {
    if (this.authorizationInstead) return this.authorizationInstead;
    // A middleware may have changed it, or taken it away
    const { authorization } = this.headers;
    if (authorization === undefined) return [];
    const { rawHeaders = this.request.raw?.rawHeaders ?? [] } = this.request;
    const sent = authorizationHeaders(rawHeaders);
    return sent.length > 1 ? sent : [authorization];
  }

  get query(): URLSearchParams {
    const { url } = this;
    const mark = url.indexOf('?');
    return (this.#query ??= new URLSearchParams(mark < 0 ? '' : url.slice(mark)));
  }

  get cookies(): OwnCookies {
    return (this.#cookies ??= ownCookies(this.headers.cookie, this.ours.prefix));
  }

  get isWritable(): boolean {
    return this.response !== undefined && !this.host.httpAdapter.isHeadersSent(this.response);
  }

  get cookiesSet(): readonly string[] {
    return this.#set;
  }

  setHeader(name: string, value: string): void {
    if (this.isWritable) this.write(name, value);
  }

  setCookie(
    name: string,
    value: string,
    maxAgeSeconds: number,
    sameSite: 'lax' | 'none' = 'lax',
  ): void {
    if (!this.isWritable) return;
    this.keepFromCaches();
    this.#deleted?.delete(name);
    this.withdrawCookie(name);
    this.#set = [...this.#set, name];
    this.appendCookie(`${name}=${value}; Max-Age=${maxAgeSeconds}`, sameSite);
  }

  deleteCookie(name: string): void {
    if (!this.isWritable || this.#deleted?.has(name)) return;
    (this.#deleted ??= new Set()).add(name);
    this.keepFromCaches();
    this.withdrawCookie(name);
    this.appendCookie(`${name}=; Expires=${LONG_AGO}`, 'lax');
  }

  forbidCaching(headers: VaryingHeaders = 'Cookie'): void {
    if (this.response === undefined) return;
    try {
      this.writeNoStore(headers);
    } catch (error) {
      // Node refuses headers after the first ones are sent; to ask beforehand costs every request of Express
      if (this.isWritable) throw error;
    }
  }

  varyBy(headers: VaryingHeaders): void {
    if (this.isWritable) this.writeVary(headers);
  }

  private written(name: string): string | readonly string[] | undefined {
    const written: unknown = this.#nodeResponse
      ? this.#nodeResponse.getHeader(name)
      : this.host.httpAdapter.getHeader(this.response, name);
    return written as string | readonly string[] | undefined;
  }

  private write(name: string, value: string): void {
    if (this.#nodeResponse) this.#nodeResponse.setHeader(name, value);
    else this.host.httpAdapter.setHeader(this.response, name, value);
  }

  private append(name: string, value: string): void {
    if (this.#nodeResponse) this.#nodeResponse.appendHeader(name, value);
    else this.host.httpAdapter.appendHeader(this.response, name, value);
  }

  /** For each cookie anew: a handler may have allowed caching meanwhile. */
  private keepFromCaches(): void {
    // Writing a header takes longer than looking at it
    if (this.written('Cache-Control') === NO_STORE) this.writeVary('Cookie');
    else this.writeNoStore('Cookie');
  }

  private writeNoStore(headers: VaryingHeaders): void {
    this.write('Cache-Control', NO_STORE);
    this.writeVary(headers);
  }

  private writeVary(headers: VaryingHeaders): void {
    const before = this.written('Vary');
    if (before === headers) return;
    const vary = before ? withVarying(String(before), headers) : headers;
    if (vary !== before) this.write('Vary', vary);
  }

  /** An answer names a cookie once, for it can be large (RFC 6265 §4.1.1): the last word counts. */
  private withdrawCookie(name: string): void {
    this.#set = this.#set.filter((set) => set !== name);
    const set = this.written('Set-Cookie');
    if (!set) return;
    const lines = [set].flat();
    const others = lines.filter((line) => !line.startsWith(`${name}=`));
    if (others.length === lines.length) return;
    (this.response as Removable).removeHeader('Set-Cookie');
    for (const line of others) this.append('Set-Cookie', line);
  }

  /**
   * A line of its own (RFC 6265 §4.1.1), for Nest percent-encodes every value, which takes longer than
   * to seal it: our names and values are base64url.
   */
  private appendCookie(pair: string, sameSite: 'lax' | 'none'): void {
    this.append('Set-Cookie', pair + this.ours.attributes[sameSite]);
  }
}
