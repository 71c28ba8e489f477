/** The least of a browser: cookies, redirects, and forms that are clicked by their button. */
export class Browser {
  readonly #cookies = new Map<string, { value: string; path: string }>();

  #store(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(/;\s*/);
      const name = pair.slice(0, pair.indexOf('='));
      const value = pair.slice(pair.indexOf('=') + 1);
      const path = attributes.find((text) => /^path=/i.test(text))?.slice(5) ?? '/';
      if (value === '') this.#cookies.delete(`${name} ${path}`);
      else this.#cookies.set(`${name} ${path}`, { value, path });
    }
  }

  #cookieHeader(url: URL): string {
    return [...this.#cookies]
      .filter(
        ([, { path }]) =>
          url.pathname === path || url.pathname.startsWith(path.replace(/\/?$/, '/')),
      )
      .map(([key, { value }]) => `${key.split(' ')[0]}=${value}`)
      .join('; ');
  }

  async request(url: URL, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('accept', 'text/html');
    headers.set('cookie', this.#cookieHeader(url));
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    this.#store(response);
    return response;
  }

  /** Follows redirects until a page is shown or another origin is reached. */
  async open(url: URL | string, init?: RequestInit): Promise<Visit> {
    let here = new URL(url);
    const { origin } = here;
    let response = await this.request(here, init);
    for (let hop = 0; hop < 10; hop += 1) {
      const location = response.headers.get('location');
      if (location === null) return new Visit(this, here, response.status, await response.text());
      here = new URL(location, here);
      if (here.origin !== origin) return new Visit(this, here, response.status, '');
      response = await this.request(here);
    }
    throw new Error(`too many redirects at ${here.href}`);
  }
}

function attribute(tag: string, name: string): string | undefined {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];
}

/** Where the browser stands: at a page of the emulator or, with an empty page, at the application. */
export class Visit {
  constructor(
    readonly browser: Browser,
    readonly url: URL,
    readonly status: number,
    readonly page: string,
  ) {}

  get query(): URLSearchParams {
    return this.url.searchParams;
  }

  /** Clicks the button with this accessible name. */
  async click(name: string): Promise<Visit> {
    const buttons = [...this.page.matchAll(/<button([^>]*)>([\s\S]*?)<\/button>/g)];
    const button = buttons.find(
      ([, tag = '', text = '']) => (attribute(tag, 'aria-label') ?? text.trim()) === name,
    );
    if (!button) throw new Error(`no button "${name}" at ${this.url.href}:\n${this.page}`);
    const tag = button[1] ?? '';
    const hidden = [...this.page.matchAll(/<input type="hidden"([^>]*)>/g)].map(
      ([, input = '']) => input,
    );
    const body = new URLSearchParams(
      [...hidden, tag]
        .filter((field) => attribute(field, 'name') !== undefined)
        .map((field): [string, string] => [
          attribute(field, 'name') ?? '',
          attribute(field, 'value') ?? '',
        ]),
    );
    const action = /<form[^>]*\baction="([^"]*)"/.exec(this.page)?.[1];
    return this.browser.open(new URL(action ?? this.url.href, this.url), { method: 'POST', body });
  }
}
