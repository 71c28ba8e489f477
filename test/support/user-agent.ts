import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { CookieJar } from 'tough-cookie';
import { isCookie, type CookieKind } from './library-cookies.js';

/** One answer, with its body read. */
export interface Answer {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** Every URL that led here, this one included. */
  readonly history: readonly string[];
}

/** How a request differs from a person's navigation. */
export interface RequestInit {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: URLSearchParams | string;
}

const NAVIGATION = {
  accept: 'text/html,application/xhtml+xml',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'sec-fetch-user': '?1',
};

/**
 * A browser as far as HTTP goes: cookies by RFC 6265, redirects across sites, Fetch Metadata. What
 * needs rendering, scripts or policies is tested with real Chromium in test/browser.
 */
export class UserAgent {
  constructor(readonly cookies: CookieJar = new CookieJar()) {}

  /** Goes to a page as a person does, and follows redirects. */
  async navigate(url: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.follow(await this.visit(url, headers));
  }

  /** Goes to a page and stops at its answer. */
  visit(url: string, headers: Record<string, string> = {}): Promise<Answer> {
    const site = headers['sec-fetch-site'] ?? 'none';
    return this.request(url, { headers: { ...NAVIGATION, 'sec-fetch-site': site, ...headers } });
  }

  /** Follows redirects from an answer until there is none, or until a URL starts with `stopAt`. */
  async follow(answer: Answer, stopAt?: string): Promise<Answer> {
    let current = answer;
    for (let hops = 0; hops < 20; hops++) {
      const location = current.headers.get('location');
      if (current.status < 300 || current.status > 399 || !location) return current;
      const next = new URL(location, current.url).href;
      if (stopAt && next.startsWith(stopAt)) return current;
      const answered = await this.visit(next, { 'sec-fetch-site': 'cross-site' });
      current = { ...answered, history: [...current.history, ...answered.history] };
    }
    throw new Error(`redirected too often: ${current.history.join(' → ')}`);
  }

  /** Submits a form of a page. */
  async submit(page: Answer, action: string, fields: Record<string, string> = {}): Promise<Answer> {
    const url = new URL(action, page.url);
    const site = url.origin === new URL(page.url).origin ? 'same-origin' : 'cross-site';
    return this.request(url.href, {
      method: 'POST',
      headers: { ...NAVIGATION, 'sec-fetch-site': site, origin: new URL(page.url).origin },
      body: new URLSearchParams(fields),
    });
  }

  /** One request, with the cookies that belong to it and nothing else added. */
  async request(
    url: string,
    { method = 'GET', headers = {}, body }: RequestInit = {},
  ): Promise<Answer> {
    const cookie = await this.cookies.getCookieString(url);
    const response = await send(url, method, { ...headers, ...(cookie && { cookie }) }, body);
    for (const line of response.headers.getSetCookie()) {
      await this.cookies.setCookie(line, url, { ignoreError: true });
    }
    return { url, ...response, history: [url] };
  }

  /** Names of the cookies that a request to this URL would carry; of a kind, those of the library. */
  async cookieNames(url: string, kind?: CookieKind): Promise<string[]> {
    const names = (await this.cookies.getCookies(url)).map(({ key }) => key);
    return kind ? names.filter((name) => isCookie(kind, name)) : names;
  }
}

/** Not `fetch`, which puts its own Fetch Metadata into every request. */
async function send(
  url: string,
  method: string,
  headers: Record<string, string>,
  body: URLSearchParams | string | undefined,
): Promise<Pick<Answer, 'status' | 'headers' | 'body'>> {
  const content = body?.toString();
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      method,
      agent: false,
      headers: {
        ...(content !== undefined && { ...form, 'content-length': Buffer.byteLength(content) }),
        ...headers,
      },
    });
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => {
      const received = new Headers();
      for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
        received.append(incoming.rawHeaders[index]!, incoming.rawHeaders[index + 1]!);
      }
      text(incoming)
        .then((read) =>
          resolve({ status: incoming.statusCode ?? 0, headers: received, body: read }),
        )
        .catch(reject);
    });
    outgoing.end(content);
  });
}
