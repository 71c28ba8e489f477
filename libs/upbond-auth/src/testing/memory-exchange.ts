import type { Exchange } from '../exchange/exchange.js';

/** The end of a login without a browser: it keeps the cookies that are set. */
export class MemoryExchange implements Exchange {
  readonly method = 'GET';
  readonly url = '/';
  readonly headers = { 'user-agent': 'nestjs-upbond-auth/testing' };
  readonly authorization = [];
  readonly query = new URLSearchParams();
  readonly cookies = new Map<string, readonly string[]>();
  readonly isWritable = true;
  readonly cookiesSet = [];
  readonly #set = new Map<string, string>();

  /** What a browser would send from now on (RFC 6265 §4.2.1). */
  get cookieHeader(): string {
    return [...this.#set].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  setCookie(name: string, value: string): void {
    this.#set.set(name, value);
  }

  // A browser without cookies has none to delete, and nobody reads the headers of the answer
  deleteCookie(): void {}
  setHeader(): void {}
  forbidCaching(): void {}
  varyBy(): void {}
}
