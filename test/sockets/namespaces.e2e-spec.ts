import { UseGuards } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { CurrentUser, Public, UpbondGuard } from 'nestjs-upbond-auth';
import type { Server, Socket } from 'socket.io';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { PLATFORMS } from '../support/application.js';
import { until } from '../support/waiting.js';
import { ask, connected, verdict } from './clients.js';
import { SocketScene } from './fixture.js';
import { Arrivals } from './gateways.js';

const arrivals = new Arrivals();
/** The server gets the options of the gateway that happens to be connected first. */
const RECOVERY = { connectionStateRecovery: {}, allowEIO3: true };

@UseGuards(UpbondGuard)
@WebSocketGateway(RECOVERY)
class RootGateway {
  @WebSocketServer() server!: Server;

  handleConnection(client: object) {
    arrivals.note('/', client);
  }

  @SubscribeMessage('me')
  me(@CurrentUser('sub') sub: string) {
    return { event: 'me', data: { sub } };
  }

  @SubscribeMessage('acknowledged')
  acknowledged(@CurrentUser('sub') sub: string) {
    return { sub };
  }
}

@UseGuards(UpbondGuard)
@WebSocketGateway({ ...RECOVERY, namespace: '/named' })
class NamedGateway {
  handleConnection(client: object) {
    arrivals.note('/named', client);
  }
}

@UseGuards(UpbondGuard)
@WebSocketGateway({ ...RECOVERY, namespace: /^\/room-\d+$/ })
class RoomGateway {
  handleConnection(client: object) {
    arrivals.note('/room', client);
  }

  @SubscribeMessage('me')
  me(@CurrentUser('sub') sub: string) {
    return { event: 'me', data: { sub } };
  }
}

@Public()
@WebSocketGateway({ ...RECOVERY, namespace: /^\/lobby-\d+$/ })
class LobbyGateway {
  handleConnection(client: object) {
    arrivals.note('/lobby', client);
  }
}

describe.each(PLATFORMS)('namespaces of socket.io on %s', (platform) => {
  let scene: SocketScene;
  let server: Server;

  beforeAll(async () => {
    const providers = [RootGateway, NamedGateway, RoomGateway, LobbyGateway];
    scene = await SocketScene.start(platform, 'socket.io', {}, { providers });
    server = scene.application.running.app.get(RootGateway).server;
  });
  beforeEach(() => void arrivals.list.splice(0));
  afterAll(() => scene.close());

  it.each([
    ['', '/'],
    ['named', '/named'],
    ['room-7', '/room'],
  ])('/%s is closed', async (name, gateway) => {
    expect(await scene.outcome(name)).toBe('login_required');
    expect(await scene.outcome(name, { auth: { token: 'e30.e30.e30' } })).toBe('invalid_token');
    expect(arrivals.list).toEqual([]);
    expect(await scene.outcome(name, await scene.bearer())).toBe('connected');
    expect(arrivals.list).toEqual([`${gateway} did:key:z1`]);
  });

  it('a public pattern is open, and / beside it is not', async () => {
    expect(await scene.outcome('lobby-1')).toBe('connected');
    expect(arrivals.list).toEqual(['/lobby nobody']);
    expect(await scene.outcome('')).toBe('login_required');
  });

  it('those that are made while the application runs are closed, by name and by pattern', async () => {
    const seen: unknown[] = [];
    const see = (socket: Socket) => seen.push((socket as { user?: unknown }).user);
    server.of('/later').on('connection', see);
    server.of(/^\/pattern-\w+$/).on('connection', see);
    server.of((_name, _auth, next) => next(null, true)).on('connection', see);
    for (const name of ['later', 'pattern-a', 'anything']) {
      expect(await scene.outcome(name)).toBe('login_required');
      expect(await scene.outcome(name, await scene.bearer({ aud: 'urn:other' }))).toBe(
        'invalid_token',
      );
      expect(await scene.outcome(name, await scene.bearer())).toBe('connected');
    }
    expect(seen).toHaveLength(3);
    expect(seen).toEqual(Array(3).fill(expect.objectContaining({ sub: 'did:key:z1' })));
  });

  it('a namespace without a gateway ends with its token, too', async () => {
    server.of('/plain');
    const exp = Math.floor(Date.now() / 1000) + 2;
    const client = await scene.connected('plain', await scene.bearer({ exp }));
    expect(await client.closed).toBe('io server disconnect invalid_token');
  });

  it('each namespace of one connection is asked for', async () => {
    const token = await scene.application.token();
    const first = await connected('socket.io', scene.url, '', { auth: { token } });
    const manager = io(scene.url, { forceNew: true, transports: ['websocket'], auth: { token } });
    await new Promise<void>((resolve) => manager.on('connect', resolve));
    const second = manager.io.socket('/named', { auth: {} });
    const error = await new Promise<Error>((resolve) => second.on('connect_error', resolve));
    expect((error as Error & { data: object }).data).toMatchObject({ code: 'login_required' });
    expect(arrivals.list).not.toContain('/named did:key:z1');
    manager.close();
    first.close();
  });

  it('a handshake by long polling has the same rules, and needs no Origin from an own page', async () => {
    const transports = ['polling', 'websocket'];
    expect(await scene.outcome('', { transports })).toBe('login_required');
    const byToken = await scene.connected('', { transports, ...(await scene.bearer()) });
    expect(await verdict(byToken, 'me')).toBe('ok');
    byToken.close();
    const agent = await scene.application.signedIn();
    const { cookie = '' } = (await scene.cookies(agent)).headers ?? {};
    const polling = (headers: Record<string, string>) =>
      scene.outcome('', { transports: ['polling'], headers: { cookie, ...headers } });
    expect(await polling({ 'sec-fetch-site': 'same-origin' })).toBe('connected');
    expect(await polling({ origin: scene.origin })).toBe('connected');
    expect(await polling({})).toBe('cross_site_request');
    expect(await polling({ 'sec-fetch-site': 'cross-site' })).toBe('cross_site_request');
    expect(await polling({ origin: 'https://evil.example' })).toBe('cross_site_request');
  });

  it('a client that comes back after a lost connection is asked again', async () => {
    const exp = Math.floor(Date.now() / 1000) + 600;
    const token = await scene.application.token({ exp });
    const auth: { token?: string } = { token };
    const client = io(scene.url, {
      forceNew: true,
      transports: ['websocket'],
      auth: (send) => send(auth),
      reconnectionDelay: 10,
    });
    await new Promise<void>((resolve) => client.on('connect', resolve));
    // Makes it recoverable: it needs the offset of a message
    server.emit('news', {});
    await new Promise<void>((resolve) => client.once('news', () => resolve()));
    delete auth.token;
    const refused = new Promise<Error>((resolve) => client.on('connect_error', resolve));
    arrivals.list.splice(0);
    client.io.engine.close();
    const error = (await refused) as Error & { data: object };
    expect(error.data).toMatchObject({ code: 'login_required' });
    expect(arrivals.list).toEqual([]);
    client.close();
  });

  it('what clients of socket.io 2 send in the query is not looked at', async () => {
    const token = await scene.application.token();
    const url = `${scene.url.replace('http', 'ws')}/socket.io/?EIO=3&transport=websocket`;
    const client = new WebSocket(url);
    let received = '';
    client.on('message', (data: Buffer) => (received += data.toString()));
    await new Promise<void>((resolve) => client.on('open', () => resolve()));
    client.send(`40/named?token=${token},`);
    await until(async () => received.includes('44/named,'), 'no answer');
    expect(received).toMatch(/44\/named,\{"status":"error","code":"login_required"/);
    expect(arrivals.list).toEqual([]);
    client.terminate();
  });

  it('acknowledgements carry answers, and renewals', async () => {
    const client = io(scene.url, {
      forceNew: true,
      transports: ['websocket'],
      auth: (await scene.bearer()).auth as Record<string, unknown>,
    });
    await new Promise<void>((resolve) => client.on('connect', resolve));
    expect(await client.emitWithAck('acknowledged', {})).toEqual({ sub: 'did:key:z1' });
    const exp = Math.floor(Date.now() / 1000) + 900;
    const token = await scene.application.token({ exp });
    expect(await client.emitWithAck('upbond:renew', { token })).toEqual({ expiresAt: exp });
    client.close();
  });

  it('the middlewares of the application know the user', async () => {
    const users: unknown[] = [];
    server.of('/later').use((socket, next) => {
      users.push((socket as { user?: { sub: string } }).user?.sub);
      next();
    });
    expect(await scene.outcome('later')).toBe('login_required');
    const client = await scene.connected('later', await scene.bearer());
    await until(async () => users.length > 0);
    expect(users).toEqual(['did:key:z1']);
    client.close();
  });

  it('a room knows who is in it', async () => {
    const client = await scene.connected('room-12', await scene.bearer());
    expect((await ask(client, 'me')).data).toEqual({ sub: 'did:key:z1' });
    client.close();
  });
});
