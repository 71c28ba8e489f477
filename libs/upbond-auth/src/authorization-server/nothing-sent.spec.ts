import * as net from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { NothingSentError } from './http-exchange.js';
import { createHttp, type HttpInit } from './http.js';
import { TokenEndpoint } from './token-endpoint.js';

const CONFIG = {
  clientId: 'client',
  clientAuthentication: 'client_secret_post',
  clientSecrets: ['the-secret'],
  clientAssertionKeys: [],
  clientAssertionAudience: 'issuer',
  scope: ['openid'],
} as const;
const BODY = JSON.stringify({ access_token: 'at', token_type: 'Bearer' });
const ANSWER = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A server that does with each connection what the script says, and counts them. */
async function serverThat(script: (socket: net.Socket, count: number) => void, port = 0) {
  const seen = { connections: 0, requests: 0 };
  const server = net.createServer((socket) => {
    seen.connections += 1;
    cleanups.push(() => socket.destroy());
    socket.on('error', () => {});
    socket.on('data', (bytes) => (seen.requests += bytes.includes('POST ') ? 1 : 0));
    script(socket, seen.connections);
  });
  cleanups.push(() => server.close());
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { seen, server, port: (server.address() as AddressInfo).port };
}

/** A port at which nobody listens. */
async function closedPort(): Promise<number> {
  const { server, port } = await serverThat(() => {});
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function ask(grant: 'code' | 'refresh' | 'client', tokenEndpoint: string, deadlineSeconds = 2) {
  const http = createHttp({ deadlineSeconds });
  cleanups.push(() => http.close());
  const endpoint = new TokenEndpoint(CONFIG, http);
  const metadata = { tokenEndpoint, acceptedIssuers: ['https://host'] };
  if (grant === 'refresh') {
    return endpoint.refresh({ refreshToken: 'rt', grantedScope: [] }, metadata);
  }
  if (grant === 'client') return endpoint.clientCredentials({ audience: 'a' }, metadata);
  const code = { code: 'c', codeVerifier: 'v', redirectUri: 'http://localhost/callback' };
  return endpoint.exchangeCode(code, metadata);
}

const failureOf = (tokens: Promise<unknown>) =>
  tokens.then(
    () => 'tokens',
    (e: unknown) => e,
  );
const REPEATED = ['refresh', 'client'] as const;
const ALL = ['code', ...REPEATED] as const;

describe('a request of which something may have left is never repeated', () => {
  const RESET = (socket: net.Socket): void => void socket.resetAndDestroy();
  const scripts: Record<string, (socket: net.Socket) => void> = {
    'closed after the connection stood': (socket) => void socket.end(),
    'reset after the request was read': (socket) => socket.on('data', () => RESET(socket)),
    'closed after the request was read': (socket) => socket.on('data', () => socket.end()),
    'reset within the answer': (socket) =>
      socket.on('data', () => socket.write(ANSWER.slice(0, -5), () => RESET(socket))),
  };
  for (const grant of ALL) {
    it.each(Object.entries(scripts))(`${grant}: %s`, async (_name, script) => {
      const { seen, port } = await serverThat(script);
      const error = await failureOf(ask(grant, `http://127.0.0.1:${port}/token`));
      expect(error).toMatchObject({ code: 'temporarily_unavailable' });
      expect(seen.connections).toBe(1);
    });
  }

  // The reset can come before or after this side learns that it is connected
  it.each(ALL)('%s: reset at once', async (grant) => {
    const { seen, port } = await serverThat(RESET);
    const error = await failureOf(ask(grant, `http://127.0.0.1:${port}/token`));
    expect(error).toMatchObject({ code: 'temporarily_unavailable' });
    expect(seen.connections).toBeLessThanOrEqual(grant === 'code' ? 1 : 2);
    expect(seen.requests).toBeLessThanOrEqual(1);
  });

  it.each(ALL)('%s: silence until the deadline', async (grant) => {
    const { seen, port } = await serverThat(() => {});
    const error = await failureOf(ask(grant, `http://127.0.0.1:${port}/token`, 0.3));
    expect(error).toMatchObject({ code: 'temporarily_unavailable' });
    expect(seen.connections).toBe(1);
  });

  it.each(ALL)('%s: a kept connection that is cut after the request', async (grant) => {
    const { seen, port } = await serverThat((socket) => {
      let requests = 0;
      socket.on('data', () => ((requests += 1) === 1 ? socket.write(ANSWER) : RESET(socket)));
    });
    const http = createHttp({ deadlineSeconds: 2 });
    cleanups.push(() => http.close());
    const url = `http://127.0.0.1:${port}/token`;
    const init: HttpInit = { method: 'POST', headers: {}, body: 'a=1', repeatUnsent: true };
    await http.fetch(url, init);
    expect(
      await failureOf(http.fetch(url, { ...init, repeatUnsent: grant !== 'code' })),
    ).toMatchObject({
      code: 'temporarily_unavailable',
    });
    expect(seen).toEqual({ connections: 1, requests: 2 });
  });
});

describe('a request of which nothing has left', () => {
  // Speaks no TLS: the handshake fails before anything of the request is sent
  const hangUp = (socket: net.Socket): void => void socket.once('data', () => socket.destroy());

  it.each(REPEATED)('%s is tried once more after a failed handshake', async (grant) => {
    const { seen, port } = await serverThat(hangUp);
    const error = await failureOf(ask(grant, `https://127.0.0.1:${port}/token`));
    expect(error).toMatchObject({
      code: 'temporarily_unavailable',
      cause: expect.any(NothingSentError) as Error,
    });
    expect(seen).toEqual({ connections: 2, requests: 0 });
  });

  it('a code is not', async () => {
    const { seen, port } = await serverThat(hangUp);
    const error = await failureOf(ask('code', `https://127.0.0.1:${port}/token`));
    expect(error).toMatchObject({ code: 'temporarily_unavailable' });
    expect(seen.connections).toBe(1);
  });

  it.each(REPEATED)('%s reaches a server that begins to listen', async (grant) => {
    const port = await closedPort();
    const tokens = ask(grant, `http://127.0.0.1:${port}/token`);
    const { seen } = await serverThat(
      (socket) => socket.on('data', () => socket.write(ANSWER)),
      port,
    );
    await expect(tokens).resolves.toMatchObject({ accessToken: 'at' });
    expect(seen.requests).toBe(1);
  });

  it.each(REPEATED)('%s ends where nobody ever listens', async (grant) => {
    const error = await failureOf(ask(grant, `http://127.0.0.1:${await closedPort()}/token`));
    expect(error).toMatchObject({
      code: 'temporarily_unavailable',
      detail: expect.stringContaining('ECONNREFUSED') as string,
      cause: expect.any(NothingSentError) as Error,
    });
  });

  it('ends for a name that does not exist', async () => {
    const error = await failureOf(ask('refresh', 'http://nobody.invalid/token'));
    expect(error).toMatchObject({ cause: expect.any(NothingSentError) as Error });
  });

  it('is not tried again once the deadline is over', async () => {
    const started = performance.now();
    const port = await closedPort();
    const error = await failureOf(ask('refresh', `http://127.0.0.1:${port}/token`, 0.05));
    expect(error).toMatchObject({ detail: expect.stringContaining('ECONNREFUSED') as string });
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
