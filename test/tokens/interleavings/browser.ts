import { ownCookies } from '../../../libs/upbond-auth/src/cookies/cookie-header.js';
import { cookieNames } from '../../../libs/upbond-auth/src/cookies/cookie-names.js';
import type { Exchange } from '../../../libs/upbond-auth/src/exchange/exchange.js';

export const NAMES = cookieNames('Digest', true);

/** A cookie of an answer; a deletion has no value. */
type Write = readonly [name: string, value: string | undefined];

/** A request with the cookies that the browser had when it was sent, and the cookies of its answer. */
export class Sent {
  readonly exchange: Exchange;
  readonly #writes: Write[] = [];

  constructor(jar: ReadonlyMap<string, string>, isWritable: boolean) {
    const writes = this.#writes;
    const header = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    this.exchange = {
      method: 'POST',
      url: '/',
      headers: {},
      query: new URLSearchParams(),
      authorization: [],
      cookies: ownCookies(header, NAMES.prefix),
      isWritable,
      get cookiesSet() {
        const last = new Map(writes);
        return [...last.keys()].filter((name) => last.get(name) !== undefined);
      },
      setHeader: () => {},
      setCookie: (name, value) => void writes.push([name, value]),
      deleteCookie: (name) => void writes.push([name, undefined]),
      forbidCaching: () => {},
      varyBy: () => {},
    };
  }

  get writesCookies(): boolean {
    return this.#writes.length > 0;
  }

  /** The answer reaches the browser: it knows cookies by their names only, not by their age. */
  arriveIn(jar: Map<string, string>): void {
    for (const [name, value] of this.#writes) {
      if (value === undefined) jar.delete(name);
      else jar.set(name, value);
    }
  }
}
