import { connect as connectTcp, type Socket } from 'node:net';
import {
  Logger,
  UseFilters,
  UseGuards,
  type ArgumentsHost,
  type INestApplication,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  CurrentUser,
  Public,
  UpbondAuthException,
  UpbondGuard,
  withUpbondAuth,
} from 'nestjs-upbond-auth';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { until } from '../support/waiting.js';
import { ask, connect, verdict, type Client } from './clients.js';
import { adapterFor, COMBINATIONS, SocketScene } from './fixture.js';

describe.each(COMBINATIONS)('an adapter that does not ask: %s, %s', (platform, library) => {
  afterEach(() => vi.restoreAllMocks());

  it('refuses every message that is not public, and the log says what to write', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn');
    const configure = (app: INestApplication) =>
      void app.useWebSocketAdapter(adapterFor(library, app));
    const scene = await SocketScene.start(platform, library, {}, { configure });
    try {
      const client = await scene.connected('closed', await scene.bearer());
      for (const event of ['me', 'scope', 'role', 'session', 'step-up']) {
        expect(await verdict(client, event)).toBe('login_required');
      }
      const open = await scene.connected('open', await scene.bearer());
      expect((await ask(open, 'who')).data).toEqual({ sub: null });
      expect(await verdict(open, 'scope')).toBe('login_required');
      const lines = warn.mock.calls.map(([line]) => String(line));
      expect(lines).toContainEqual(
        expect.stringMatching(/at ClosedGateway, .*withUpbondAuth\(app, new WsAdapter\(app\)\)/),
      );
      client.close();
      open.close();
    } finally {
      await scene.close();
    }
  });

  it('an adapter that asks is not warned of, and cannot be protected twice', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn');
    const scene = await SocketScene.start(platform, library);
    expect(warn.mock.calls.map(([line]) => String(line)).join()).not.toContain('withUpbondAuth');
    const { app } = scene.application.running;
    const adapter = adapterFor(library, app);
    expect(withUpbondAuth(app, adapter)).toBe(adapter);
    expect(() => withUpbondAuth(app, adapter)).toThrow(TypeError);
    await scene.close();
  });
});

describe.each(COMBINATIONS)('ways to set it up: %s, %s', (platform, library) => {
  const place = (name: string) =>
    WebSocketGateway(library === 'ws' ? { path: `/${name}` } : { namespace: name });

  afterEach(() => vi.restoreAllMocks());

  it('a global guard guards gateways, too, with and without an adapter that asks', async () => {
    @place('global')
    class GlobalGateway {
      @SubscribeMessage('me')
      me(@CurrentUser('sub') sub: string) {
        return { event: 'me', data: { sub } };
      }
    }
    const providers = [{ provide: APP_GUARD, useExisting: UpbondGuard }, GlobalGateway];
    const scene = await SocketScene.start(platform, library, {}, { providers });
    const client = await scene.connected('global', await scene.bearer());
    expect((await ask(client, 'me')).data).toEqual({ sub: 'did:key:z1' });
    expect(await scene.outcome('global')).toBe('login_required');
    client.close();
    await scene.close();
    const warn = vi.spyOn(Logger.prototype, 'warn');
    const configure = (app: INestApplication) =>
      void app.useWebSocketAdapter(adapterFor(library, app));
    const open = await SocketScene.start(platform, library, {}, { providers, configure });
    const nobody = await open.connected('global', await open.bearer());
    expect(await verdict(nobody, 'me')).toBe('login_required');
    expect(warn.mock.calls.join()).toContain('Nobody can be signed in at GlobalGateway');
    nobody.close();
    await open.close();
  });

  it('a public gateway that shares its place with a closed one is closed, and the log says so', async () => {
    @Public()
    @place('shared')
    class PublicHalf {}
    @place('shared')
    class ClosedHalf {}
    const warn = vi.spyOn(Logger.prototype, 'warn');
    const providers = [PublicHalf, ClosedHalf];
    const scene = await SocketScene.start(platform, library, {}, { providers });
    expect(await scene.outcome('shared')).toBe('login_required');
    expect(await scene.outcome('shared', await scene.bearer())).toBe('connected');
    expect(warn.mock.calls.join()).toMatch(
      /PublicHalf, ClosedHalf share .* ClosedHalf is not public/,
    );
    await scene.close();
  });

  it('an instance with a name asks for itself', async () => {
    @UseGuards(UpbondGuard.for('admin'))
    @place('named')
    class NamedGateway {
      @SubscribeMessage('me')
      me(@CurrentUser('sub') sub: string) {
        return { event: 'me', data: { sub } };
      }
    }
    const configure = (app: INestApplication) =>
      void app.useWebSocketAdapter(
        withUpbondAuth(app, adapterFor(library, app), { name: 'admin' }),
      );
    const setup = { providers: [NamedGateway], controllers: [], configure };
    const scene = await SocketScene.start(platform, library, { name: 'admin' } as object, setup);
    const client = await scene.connected('named', await scene.bearer());
    expect((await ask(client, 'me')).data).toEqual({ sub: 'did:key:z1' });
    expect(await scene.outcome('named')).toBe('login_required');
    client.close();
    await scene.close();
  });
});

class Caught {
  static readonly codes: string[] = [];
  catch(exception: unknown, host: ArgumentsHost): void {
    Caught.codes.push(exception instanceof UpbondAuthException ? exception.code : 'other');
    const data = { own: true };
    const client = host.switchToWs().getClient<{ send(text: string): void; emit?: unknown }>();
    client.send(JSON.stringify({ event: 'exception', data }));
  }
}

@UseGuards(UpbondGuard)
@UseFilters(Caught)
@WebSocketGateway({ path: '/filtered' })
class FilteredGateway {
  @SubscribeMessage('me')
  me() {
    return { event: 'me', data: {} };
  }
}

describe.each(['express', 'fastify'] as const)('ws on %s', (platform) => {
  let scene: SocketScene;

  beforeAll(async () => {
    scene = await SocketScene.start(platform, 'ws', {
      loadTokenUser: (claims) => {
        if (claims.sub === 'broken') throw new Error('the database of the application is down');
        return claims;
      },
    });
  });
  afterAll(() => scene.close());

  const isWell = async () => (await scene.outcome('closed', await scene.bearer())) === 'connected';
  const raw = async (text: string): Promise<{ socket: Socket; read: () => string }> => {
    const { port } = new URL(scene.url);
    const socket = connectTcp(Number(port), '127.0.0.1');
    let received = '';
    socket.on('data', (data) => (received += data.toString()));
    socket.on('error', () => undefined);
    socket.write(text);
    return { socket, read: () => received };
  };
  const upgrade = (lines: string[], path = '/closed') =>
    [
      `GET ${path} HTTP/1.1`,
      `Host: ${new URL(scene.url).host}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      ...lines,
      '',
      '',
    ].join('\r\n');

  it('what a broken hook of the application throws is 500, and not told', async () => {
    const refusal = await connect('ws', scene.url, 'closed', await scene.bearer({ sub: 'broken' }));
    expect(refusal).toMatchObject({ status: 500, code: undefined });
    expect(await isWell()).toBe(true);
  });

  it.each([
    ['no key', (text: string) => text.replace(/Sec-WebSocket-Key: .*\r\n/, '')],
    ['another version', (text: string) => text.replace('Version: 13', 'Version: 99')],
    ['POST', (text: string) => text.replace('GET', 'POST')],
    [
      'broken extensions',
      (text: string) => text.replace('\r\n\r\n', '\r\nSec-WebSocket-Extensions: ;;;\r\n\r\n'),
    ],
    [
      'broken protocols',
      (text: string) => text.replace('\r\n\r\n', '\r\nSec-WebSocket-Protocol: ,,\r\n\r\n'),
    ],
    [
      'two Authorization headers',
      (text: string) =>
        text.replace('\r\n\r\n', '\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n'),
    ],
    [
      'a cookie of nonsense',
      (text: string) => text.replace('\r\n\r\n', `\r\nCookie: ${'=;'.repeat(2000)}\r\n\r\n`),
    ],
    [
      'a large cookie',
      (text: string) =>
        text.replace('\r\n\r\n', `\r\nCookie: upbond-s-a=${'x'.repeat(12_000)}\r\n\r\n`),
    ],
    [
      'headers that are too large',
      (text: string) => text.replace('\r\n\r\n', `\r\nCookie: a=${'x'.repeat(40_000)}\r\n\r\n`),
    ],
    ['a path that is none', (text: string) => text.replace('/closed', '//[')],
    ['an unknown path', (text: string) => text.replace('/closed', '/nowhere')],
  ])('an upgrade with %s: no 101, and the process goes on', async (_what, change) => {
    const { socket, read } = await raw(change(upgrade([])));
    await until(async () => socket.destroyed || socket.closed, 'it stays open', 5000);
    expect(read()).not.toContain('101');
    expect(await isWell()).toBe(true);
  });

  it('clients that hang up, reset or stop in the middle leave nothing behind', async () => {
    const token = await scene.application.token();
    const good = [`Authorization: Bearer ${token}`];
    for (let count = 0; count < 30; count++) {
      const { socket } = await raw(upgrade(good));
      if (count % 3 === 0) socket.resetAndDestroy();
      else if (count % 3 === 1) socket.end();
      else socket.destroy();
    }
    const half = await raw(upgrade(good).slice(0, 60));
    expect(await isWell()).toBe(true);
    half.socket.destroy();
    await until(async () => scene.state.size === 0, 'connections are left');
    expect(scene.state).toEqual({ size: 0, isWatching: false });
  });

  it('a message in the same packet as the upgrade is not heard before the client is let in', async () => {
    const frame = Buffer.from([0x81, 0x80 | 14, 0, 0, 0, 0, ...Buffer.from('{"event":"me"}')]);
    const { socket, read } = await raw('');
    socket.write(Buffer.concat([Buffer.from(upgrade([])), frame]));
    await until(async () => socket.destroyed || socket.closed, 'it stays open', 5000);
    expect(read()).toMatch(/^HTTP\/1\.1 401 /);
    expect(read()).not.toContain('"me"');
    // The same with a token is answered, after the protocol was switched
    const token = await scene.application.token();
    const other = await raw('');
    const good = upgrade([`Authorization: Bearer ${token}`]);
    other.socket.write(Buffer.concat([Buffer.from(good), frame]));
    await until(async () => other.read().includes('"event":"me"'), 'no answer', 5000);
    expect(other.read()).toMatch(/^HTTP\/1\.1 101 /);
    other.socket.destroy();
  });

  it('a broken frame and a client that does not answer the closing do no harm', async () => {
    const exp = Math.floor(Date.now() / 1000) + 2;
    const token = await scene.application.token({ exp });
    const { socket, read } = await raw(upgrade([`Authorization: Bearer ${token}`]));
    await until(async () => read().includes('101'), 'not connected', 5000);
    // It says nothing, and is gone soon after it was told 4401
    await until(async () => socket.closed, 'it stays open', 5000);
    expect(Date.now() / 1000 - exp).toBeLessThan(2.5);
    const good = await scene.bearer();
    const broken = await raw(upgrade([`Authorization: ${good.headers?.['authorization']}`]));
    await until(async () => broken.read().includes('101'), 'not connected', 5000);
    broken.socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
    await until(async () => broken.socket.closed, 'it stays open', 5000);
    expect(await isWell()).toBe(true);
  });

  it('what the application verifies itself is asked as well', async () => {
    const flavours: string[] = [];
    @UseGuards(UpbondGuard)
    @WebSocketGateway({
      path: '/verified',
      verifyClient: ({ req }: { req: { headers: Record<string, string> } }) => {
        flavours.push(req.headers['x-flavour'] ?? 'none');
        return req.headers['x-flavour'] === 'mint';
      },
    })
    class VerifiedGateway {}
    const other = await SocketScene.start(platform, 'ws', {}, { providers: [VerifiedGateway] });
    const { headers } = await other.bearer();
    const outcome = (flavour: string) =>
      other.outcome('verified', { headers: { ...headers, 'x-flavour': flavour } });
    expect(await other.outcome('verified', { headers: { 'x-flavour': 'mint' } })).toBe(
      'login_required',
    );
    expect(flavours).toEqual([]);
    expect(await outcome('mint')).toBe('connected');
    expect(await outcome('lime')).toBe('no code, status 401');
    await other.close();
  });

  it('a filter of the application comes before ours', async () => {
    const providers = [FilteredGateway];
    const other = await SocketScene.start(
      platform,
      'ws',
      {},
      {
        providers,
        configure: (app) => void app.useWebSocketAdapter(adapterFor('ws', app)),
      },
    );
    const client = await other.connected('filtered');
    expect((await ask(client, 'me')).data).toEqual({ own: true });
    expect(Caught.codes.splice(0)).toEqual(['login_required']);
    client.close();
    await other.close();
  });
});

describe.each(COMBINATIONS)('many connections: %s, %s', (platform, library) => {
  it('1,000 come and go without a listener, a timer or a connection that stays', async () => {
    const scene = await SocketScene.start(platform, library);
    const credentials = await scene.bearer();
    const server = scene.application.running.app.getHttpServer() as NodeJS.EventEmitter;
    const listeners = () =>
      server.eventNames().reduce((sum, name) => sum + server.listenerCount(name), 0);
    const before = listeners();
    let most = 0;
    for (let round = 0; round < 10; round++) {
      const clients = await Promise.all(
        Array.from({ length: 100 }, () => scene.connected('closed', credentials)),
      );
      most = Math.max(most, scene.state.size);
      for (const client of clients) client.close();
      await until(async () => scene.state.size === 0, 'connections are left');
    }
    expect(most).toBe(100);
    expect(scene.arrivals.list).toHaveLength(1000);
    expect(scene.state).toEqual({ size: 0, isWatching: false });
    expect(listeners()).toBe(before);
    console.log(
      `${platform}, ${library}: ${scene.arrivals.list.length} connections, at most ${most} at once; ${scene.state.size} left, ${before} listeners before and ${listeners()} after`,
    );
    await scene.close();
  });

  it('the application closes although clients are connected', async () => {
    const scene = await SocketScene.start(platform, library);
    const clients: Client[] = [];
    for (const place of ['closed', 'open'])
      clients.push(await scene.connected(place, await scene.bearer()));
    await scene.close();
    await Promise.all(clients.map((client) => client.closed));
    expect(scene.state.isWatching).toBe(false);
  });
});
