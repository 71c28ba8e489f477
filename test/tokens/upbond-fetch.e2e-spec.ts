import { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { PLATFORMS } from '../support/application.js';
import { Api, type ApiReply } from './api.js';
import { codeOf, inHandler, startTokenApplication, type Work } from './scripted-tokens.js';

const ORDERS = 'https://orders';
const STOCK = 'https://stock';

/** Bodies that can be sent twice, and what arrives of them. */
const BODIES: readonly [string, () => NonNullable<RequestInit['body']>, RegExp][] = [
  ['a string', () => 'a body', /^a body$/],
  ['URLSearchParams', () => new URLSearchParams({ a: 'body' }), /^a=body$/],
  ['a Buffer', () => Buffer.from('a body'), /^a body$/],
  ['an ArrayBuffer', () => new TextEncoder().encode('a body').buffer as ArrayBuffer, /^a body$/],
  ['a Blob', () => new Blob(['a body']), /^a body$/],
  ['FormData', formData, /name="a"\r\n\r\nbody\r\n/],
];

const STREAMS: readonly [string, () => NonNullable<RequestInit['body']>][] = [
  ['a ReadableStream', () => new Blob(['a body']).stream()],
  [
    'a stream of Node',
    () => Readable.from([Buffer.from('a body')]) as unknown as ReadableStream<Uint8Array>,
  ],
];

function formData(): FormData {
  const form = new FormData();
  form.set('a', 'body');
  return form;
}

/** Calls a service in a handler, and says what came of it. */
function calling(url: string | URL, init?: () => RequestInit & { duplex?: 'half' }): Work {
  return async ({ upbond }) => {
    const response = await upbond.fetch(url, init?.());
    return { status: response.status, body: await response.text() };
  };
}

/** Refuses these many tokens, one after the other. */
function refusing(count: number): () => ApiReply {
  let refused = 0;
  return () =>
    refused++ < count ? { status: 401, body: 'not this one' } : { status: 200, body: 'hello' };
}

describe.each(PLATFORMS)('UpbondFetch on %s', (platform) => {
  async function api(): Promise<Api> {
    const started = await Api.start();
    onTestFinished(() => started.close());
    return started;
  }

  async function start(makeOptions: (orders: Api, stock: Api) => object = configured) {
    const [orders, stock] = [await api(), await api()];
    const scene = await startTokenApplication(platform, makeOptions(orders, stock));
    expect((await scene.login.signIn()).status).toBe(200);
    return { ...scene, orders, stock };
  }

  const configured = (orders: Api, stock: Api) => ({
    audience: ORDERS,
    apis: [
      { origin: orders.origin },
      { origin: stock.origin, audience: STOCK, scope: ['write:stock', 'read:stock'] },
    ],
  });

  it('sends the token of the login where no other is asked for', async () => {
    const { login, script, orders } = await start();
    const { json } = await inHandler(login, calling(`${orders.origin}/orders?of=me`));
    expect(json['result']).toEqual({ status: 200, body: 'hello' });
    expect(orders.requests[0]).toMatchObject({ method: 'GET', path: '/orders?of=me' });
    expect(orders.tokens).toEqual([...script.issued.keys()]);
    expect(script.refreshes).toEqual([]);
  });

  it('sends to each origin the token for its audience and scope', async () => {
    const { login, script, orders, stock } = await start();
    for (let round = 0; round < 2; round++) {
      await inHandler(login, calling(new URL(stock.origin)));
      await inHandler(login, calling(orders.origin));
    }
    expect(stock.tokens.map((token) => script.issued.get(String(token)))).toMatchObject([
      { audience: STOCK, scope: 'read:stock write:stock' },
      { audience: STOCK, scope: 'read:stock write:stock' },
    ]);
    expect(new Set([...orders.tokens, ...stock.tokens]).size).toBe(2);
    // Once for the audience, and the login's own is never refreshed
    expect(script.refreshes).toHaveLength(1);
  });

  it('refreshes a token that is refused, and sends the request once more', async () => {
    const { login, script, orders } = await start();
    orders.reply = refusing(1);
    const { json } = await inHandler(login, calling(orders.origin));
    expect(json['result']).toEqual({ status: 200, body: 'hello' });
    expect(orders.tokens).toEqual([...script.issued.keys()]);
    expect(new Set(orders.tokens).size).toBe(2);
    // The session keeps the new one
    await inHandler(login, calling(orders.origin));
    expect(orders.tokens[2]).toBe(orders.tokens[1]);
    expect(script.refreshes).toHaveLength(1);
  });

  it('hands over the second 401 in a row', async () => {
    const { login, script, orders } = await start();
    orders.reply = refusing(9);
    const { json } = await inHandler(login, calling(orders.origin));
    expect(json['result']).toEqual({ status: 401, body: 'not this one' });
    expect(orders.requests).toHaveLength(2);
    expect(script.refreshes).toHaveLength(1);
  });

  it('does not refresh with each call for a service that refuses every token', async () => {
    const { login, script, orders } = await start();
    orders.reply = refusing(99);
    for (let call = 0; call < 5; call++) {
      const { json } = await inHandler(login, calling(orders.origin));
      expect(json['result']).toEqual({ status: 401, body: 'not this one' });
    }
    expect(script.refreshes).toHaveLength(1);
    expect(orders.requests).toHaveLength(6);
  });

  it('hands over a 401 that can be read when there is no other token', async () => {
    const { login, orders } = await start();
    login.server.script('token', { status: 503 });
    orders.reply = refusing(9);
    const { json } = await inHandler(login, calling(orders.origin));
    expect(json['result']).toEqual({ status: 401, body: 'not this one' });
    expect(orders.requests).toHaveLength(1);
  });

  it.each([403, 404, 500, 503])('hands over %i as it is', async (status) => {
    const { login, script, orders } = await start();
    orders.reply = () => ({ status, body: 'no' });
    const { json } = await inHandler(login, calling(orders.origin));
    expect(json['result']).toEqual({ status, body: 'no' });
    expect([orders.requests.length, script.refreshes.length]).toEqual([1, 0]);
  });

  it.each(BODIES)('sends %s twice where it has to', async (_, make, text) => {
    const { login, orders } = await start();
    orders.reply = refusing(1);
    const work = calling(orders.origin, () => ({ method: 'POST', body: make() }));
    expect((await inHandler(login, work)).json['result']).toMatchObject({ status: 200 });
    const bodies = orders.requests.map(({ body }) => body.toString());
    expect(bodies).toEqual([expect.stringMatching(text), expect.stringMatching(text)]);
  });

  it.each(STREAMS)('sends %s once, whatever the answer is', async (_, make) => {
    const { login, script, orders } = await start();
    const work = calling(orders.origin, () => ({ method: 'PUT', body: make(), duplex: 'half' }));
    expect((await inHandler(login, work)).json['result']).toMatchObject({ status: 200 });
    orders.reply = refusing(9);
    const { json } = await inHandler(login, work);
    expect(json['result']).toEqual({ status: 401, body: 'not this one' });
    expect(orders.requests.map(({ body }) => body.toString())).toEqual(['a body', 'a body']);
    expect(script.refreshes).toEqual([]);
  });

  it.each<[string, (orders: Api, foreign: Api) => string]>([
    ['another host', (_, foreign) => foreign.origin],
    ['another name of the same host', (orders) => `http://localhost:${orders.port}/`],
    ['https instead of http', (orders) => `https://127.0.0.1:${orders.port}/`],
    [
      'a user name that looks like an origin',
      (orders, { port }) => `${orders.origin}@127.0.0.1:${port}/`,
    ],
    [
      'a user name and a password',
      (orders, { port }) => `http://127.0.0.1:${orders.port}@127.0.0.1:${port}/`,
    ],
    ['a backslash', (orders, { port }) => `http://127.0.0.1:${port}\\@127.0.0.1:${orders.port}/`],
    [
      'a longer host',
      (orders) => `${orders.origin.replace('127.0.0.1', '127.0.0.1.evil.example')}/`,
    ],
    ['no origin at all', () => 'data:text/plain,hello'],
    ['a file', () => 'file:///etc/passwd'],
  ])('sends nothing to %s', async (_, urlOf) => {
    const { login, script, orders } = await start();
    const foreign = await api();
    const outcome = await inHandler(login, calling(urlOf(orders, foreign)));
    expect(codeOf(outcome)).toEqual([500, 'origin_not_configured']);
    expect([orders.connections, foreign.connections, script.refreshes.length]).toEqual([0, 0, 0]);
  });

  it('takes no address that is not absolute', async () => {
    const { login, orders } = await start();
    const outcome = await inHandler(login, ({ upbond }) =>
      upbond.fetch('/orders').then(
        () => 'sent',
        (error: Error) => error.name,
      ),
    );
    expect(outcome.json['result']).toBe('TypeError');
    expect(orders.connections).toBe(0);
  });

  it('stays with the address that it was called with', async () => {
    const { login, script, orders, clock } = await start();
    const foreign = await api();
    clock.forward(3601);
    const { json } = await inHandler(login, async ({ upbond }) => {
      const url = new URL(`${orders.origin}/orders`);
      const answer = upbond.fetch(url);
      url.port = String(foreign.port);
      return (await answer).status;
    });
    expect(json['result']).toBe(200);
    expect(script.refreshes).toHaveLength(1);
    expect([orders.requests.length, foreign.connections]).toEqual([1, 0]);
  });

  it('follows a redirect within the origin with the token', async () => {
    const { login, orders } = await start();
    orders.reply = ({ path }) =>
      path === '/old'
        ? { status: 307, headers: { location: '/new' } }
        : { status: 200, body: 'moved' };
    const { json } = await inHandler(login, calling(`${orders.origin}/old`));
    expect(json['result']).toEqual({ status: 200, body: 'moved' });
    expect(orders.tokens).toHaveLength(2);
    expect(new Set(orders.tokens).size).toBe(1);
  });

  it('follows a redirect to another origin without the token', async () => {
    const { login, orders } = await start();
    const foreign = await api();
    orders.reply = () => ({ status: 302, headers: { location: `${foreign.origin}/` } });
    const { json } = await inHandler(login, calling(orders.origin));
    expect(json['result']).toEqual({ status: 200, body: 'hello' });
    expect(foreign.tokens).toEqual([undefined]);
    expect(JSON.stringify(foreign.requests[0]?.headers)).not.toContain('at-');
  });

  it('replaces an Authorization header of the caller, and keeps the others', async () => {
    const { login, script, orders } = await start();
    const headers = { Authorization: 'Basic bm90OnRoaXM=', 'X-Request-Id': 'seven' };
    const work = calling(orders.origin, () => ({ headers }));
    expect((await inHandler(login, work)).status).toBe(200);
    expect(orders.tokens).toEqual([...script.issued.keys()]);
    expect(orders.requests[0]?.headers['x-request-id']).toBe('seven');
  });

  it('sends the tokens of the user, and not those of the application', async () => {
    const { login, script, stock } = await start();
    const { json } = await inHandler(login, async ({ machine, upbond }) => {
      const scope = 'read:stock write:stock';
      const own = await machine.getAccessToken({ audience: STOCK, scope });
      await upbond.fetch(stock.origin);
      return own;
    });
    expect(script.issued.get(String(json['result']))?.sub).toBe('the application');
    const users = stock.tokens.map((token) => script.issued.get(String(token)));
    expect(users).toMatchObject([{ sub: login.server.sub, audience: STOCK }]);
  });

  it('gives the answer of a service that cannot be reached as fetch does', async () => {
    const { login, script, orders } = await start();
    await orders.close();
    const { json } = await inHandler(login, ({ upbond }) =>
      upbond.fetch(orders.origin).then(String, (error: Error) => error.name),
    );
    expect(json['result']).toBe('TypeError');
    expect(script.refreshes).toEqual([]);
  });
});
