import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, Get, UseGuards } from '@nestjs/common';
import { UpbondFetch, UpbondGuard } from 'nestjs-upbond-auth';
import { startUpbondEmulator, type UpbondEmulator } from 'upbond-emulator';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  PLATFORMS,
  startApplication,
  type RunningApplication,
} from '../support/application.js';
import { freePort } from '../support/ports.js';
import { UserAgent } from '../support/user-agent.js';

/** What a service got and how it answers. */
class Service {
  readonly got: { path: string; authorization: string | undefined; body: string }[] = [];
  answer: (index: number, response: ServerResponse) => void = (_index, response) => response.end();
  readonly #server: Server = createServer((request, response) => {
    void this.#handle(request, response);
  });

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { authorization } = request.headers;
    this.got.push({ path: request.url ?? '', authorization, body });
    this.answer(this.got.length, response);
  }
}

/** What the handler does with it, set by each test. */
let work: (upbond: UpbondFetch) => Promise<unknown>;

@UseGuards(UpbondGuard)
@Controller()
class Pages {
  constructor(private readonly upbond: UpbondFetch) {}

  @Get('work')
  async work() {
    return { result: await work(this.upbond).catch((error: { code?: string }) => error.code) };
  }
}

describe.each(PLATFORMS)('UpbondFetch on %s', (platform) => {
  let emulator: UpbondEmulator;
  let running: RunningApplication;
  let agent: UserAgent;
  let orders: Service;
  let other: Service;

  beforeEach(async () => {
    const port = await freePort();
    [orders, other] = [new Service(), new Service()];
    await Promise.all([orders.start(), other.start()]);
    emulator = await startUpbondEmulator({
      clients: [
        {
          clientId: CLIENT_ID,
          clientSecret: CLIENT_SECRET,
          redirectUris: [`http://localhost:${port}/auth/callback`],
        },
      ],
      autoLogin: { email: 'hanako@example.com' },
      habits: { refreshTokenRotation: true },
    });
    running = await startApplication({
      platform,
      port,
      controllers: [Pages],
      options: {
        domain: emulator.url,
        scope: 'openid offline_access',
        apis: [{ origin: orders.origin }],
      },
    });
    agent = new UserAgent();
    work = async () => 'ready';
    await agent.navigate(`${running.url}/auth/login?returnTo=/work`);
  });
  afterEach(async () => {
    orders.close();
    other.close();
    await running.close();
    await emulator.close();
  });

  async function run(task: typeof work): Promise<unknown> {
    work = task;
    const headers = { accept: 'application/json', 'sec-fetch-site': 'same-origin' };
    const { body } = await agent.request(`${running.url}/work`, { headers });
    return (JSON.parse(body) as { result: unknown }).result;
  }

  it('sends the token to a service that is configured, whatever the caller puts there', async () => {
    const headers = { authorization: 'Basic abc', 'x-kept': 'yes' };
    const status = await run(async (upbond) => {
      const url = `${orders.origin.toUpperCase().replace('HTTP', 'http')}/list`;
      return (await upbond.fetch(url, { headers })).status;
    });
    expect(status).toBe(200);
    expect(orders.got[0]?.authorization).toMatch(/^Bearer \S+$/);
  });

  it.each([
    ['another port', (origin: string) => origin.replace(/:\d+$/, ':9')],
    [
      'another host in disguise',
      (origin: string) => `http://${new URL(origin).host}@evil.example/`,
    ],
    [
      'a longer host',
      (origin: string) => `${origin.replace('127.0.0.1', '127.0.0.1.evil.example')}/`,
    ],
    ['https instead', (origin: string) => `${origin.replace('http:', 'https:')}/`],
    ['no origin at all', () => 'data:text/plain,x'],
  ])('sends nothing to %s', async (_what, disguise) => {
    const code = await run((upbond) => upbond.fetch(disguise(orders.origin)));
    expect(code).toBe('origin_not_configured');
    expect([...orders.got, ...other.got]).toEqual([]);
  });

  it('sends to the origin that was asked for, also when the caller changes its URL meanwhile', async () => {
    const status = await run(async (upbond) => {
      const url = new URL('/list', orders.origin);
      const answer = upbond.fetch(url);
      url.port = new URL(other.origin).port;
      return (await answer).status;
    });
    expect(status).toBe(200);
    expect(other.got).toEqual([]);
    expect(orders.got).toHaveLength(1);
  });

  it('follows a redirect to another origin without the token', async () => {
    orders.answer = (_index, response) =>
      void response.writeHead(307, { location: `${other.origin}/there` }).end();
    await run(async (upbond) => (await upbond.fetch(orders.origin)).status);
    expect(other.got.map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  it('refreshes once when the service refuses the token, and sends the body again', async () => {
    orders.answer = (index, response) =>
      void response.writeHead(index === 1 ? 401 : 200).end('refused');
    const before = emulator.counters.tokenRequests;
    const status = await run(async (upbond) => {
      return (await upbond.fetch(orders.origin, { method: 'POST', body: 'one' })).status;
    });
    expect(status).toBe(200);
    expect(orders.got.map(({ body }) => body)).toEqual(['one', 'one']);
    expect(new Set(orders.got.map(({ authorization }) => authorization)).size).toBe(2);
    expect(emulator.counters.tokenRequests - before).toBe(1);
  });

  it('hands over the second refusal, and the first one where the body was a stream', async () => {
    orders.answer = (_index, response) => void response.writeHead(401).end();
    expect(await run(async (upbond) => (await upbond.fetch(orders.origin)).status)).toBe(401);
    expect(orders.got).toHaveLength(2);
    const status = await run(async (upbond) => {
      const body = new Blob(['streamed']).stream();
      const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
      return (await upbond.fetch(orders.origin, init)).status;
    });
    expect(status).toBe(401);
    expect(orders.got).toHaveLength(3);
  });
});
