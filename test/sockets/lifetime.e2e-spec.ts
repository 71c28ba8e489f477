import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SessionService } from 'nestjs-upbond-auth';
import { MovableClock } from '../support/movable-clock.js';
import type { UserAgent } from '../support/user-agent.js';
import { until } from '../support/waiting.js';
import { ask, verdict, type Client } from './clients.js';
import { COMBINATIONS, SocketScene } from './fixture.js';

const now = (): number => Math.floor(Date.now() / 1000);

describe.each(COMBINATIONS)('while a connection is open: %s, %s', (platform, library) => {
  const clock = new MovableClock();
  const close = library === 'ws' ? '4401' : 'io server disconnect';
  let scene: SocketScene;

  beforeAll(async () => {
    const options = { sessionLifetimeSeconds: 3600, sessionIdleSeconds: 1800 };
    scene = await SocketScene.start(platform, library, options, { clock });
  });
  afterEach(() => clock.reset());
  afterAll(() => scene.close());

  /** Why it was closed, within the second that is promised. */
  const endOf = async (client: Client): Promise<string> => {
    await until(async () => client.isClosed(), 'it stayed open', 1000);
    return client.closed;
  };
  const session = async (agent: UserAgent) => scene.connected('closed', await scene.cookies(agent));
  const post = (agent: UserAgent, path: string) =>
    agent.request(scene.url + path, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'same-origin', accept: 'application/json' },
    });
  /** A round trip, so that what could have happened would have happened. */
  const isOpen = async (client: Client) => (await verdict(client, 'me')) === 'ok';

  it('is closed within a second of the expiry of its token, in real time', async () => {
    const exp = now() + 2;
    const client = await scene.connected('closed', await scene.bearer({ exp }));
    expect(await isOpen(client)).toBe(true);
    expect(await client.closed).toBe(`${close} invalid_token`);
    const late = Date.now() / 1000 - exp;
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(1);
  });

  it('a minute before, the client is told', async () => {
    const client = await scene.connected('closed', await scene.bearer({ exp: now() + 600 }));
    await isOpen(client);
    expect(client.messages.map(({ event }) => event)).not.toContain('upbond:expiring');
    clock.forward(541);
    await until(async () => client.messages.some(({ event }) => event === 'upbond:expiring'));
    expect(await isOpen(client)).toBe(true);
    clock.forward(60);
    expect(await endOf(client)).toBe(`${close} invalid_token`);
    const told = client.messages.filter(({ event }) => event === 'upbond:expiring');
    expect(told).toHaveLength(1);
  });

  it('is closed when its session has been idle, and when it has lasted long enough', async () => {
    const client = await session(await scene.application.signedIn());
    clock.forward(1795);
    expect(await isOpen(client)).toBe(true);
    clock.forward(10);
    expect(await endOf(client)).toBe(`${close} login_required`);
  });

  it('is closed by the logout of its session, and by no other logout', async () => {
    const [agent, other] = [await scene.application.signedIn(), await scene.application.signedIn()];
    const [client, stays] = [await session(agent), await session(other)];
    expect((await post(agent, '/auth/logout')).status).toBe(200);
    expect(await endOf(client)).toBe(`${close} login_required`);
    expect(await isOpen(stays)).toBe(true);
    expect(await scene.outcome('closed', await scene.cookies(agent))).toBe('login_required');
    stays.close();
  });

  it('is closed by SessionService.revokeAll, unless a token opened it', async () => {
    const [client, another] = [
      await session(await scene.application.signedIn()),
      await session(await scene.application.signedIn()),
    ];
    const { sub } = scene.application.server;
    const byToken = await scene.connected('closed', await scene.bearer({ sub }));
    const service = scene.application.running.app.get(SessionService);
    await service.revokeAll(sub);
    expect(await endOf(client)).toBe(`${close} login_required`);
    expect(await endOf(another)).toBe(`${close} login_required`);
    expect(await isOpen(byToken)).toBe(true);
    byToken.close();
  });

  it('who has ended says nothing more, not even before the connection is closed', async () => {
    const client = await scene.connected('closed', await scene.bearer({ exp: now() + 600 }));
    clock.forward(601);
    const { data } = await ask(client, 'me').catch(() => ({ data: { code: 'closed' } }));
    expect(['login_required', 'invalid_token', 'closed']).toContain(data['code']);
  });

  it('an open gateway has connections without an end', async () => {
    const client = await scene.connected('open');
    clock.forward(100_000);
    expect((await ask(client, 'who')).data).toEqual({ sub: null });
    client.close();
  });

  describe('renewal', () => {
    const renew = (client: Client, token: unknown) => {
      const before = client.messages.length;
      client.send('upbond:renew', { token });
      const isAnswer = ({ event }: { event: string }) =>
        event === 'upbond:renewed' || event === 'exception';
      return {
        answer: async () => {
          await until(async () => client.messages.slice(before).some(isAnswer));
          return client.messages.slice(before).find(isAnswer);
        },
      };
    };

    it('a newer token of the same subject goes on, with its own rights and end', async () => {
      const client = await scene.connected('closed', await scene.bearer({ exp: now() + 300 }));
      const exp = now() + 1000;
      const token = await scene.application.token({ exp, scope: 'openid', name: 'Hanako' });
      const answer = await renew(client, token).answer();
      expect(answer).toEqual({ event: 'upbond:renewed', data: { expiresAt: exp } });
      clock.forward(400);
      expect(await verdict(client, 'me')).toBe('ok');
      expect(await verdict(client, 'scope')).toBe('insufficient_scope');
      clock.forward(601);
      expect(await endOf(client)).toBe(`${close} invalid_token`);
    });

    it.each([
      ['another subject', { sub: 'did:key:z2' }, 'invalid_token'],
      ['another audience', { aud: 'urn:other' }, 'invalid_token'],
      ['an expired token', { exp: now() - 300, iat: now() - 900 }, 'invalid_token'],
    ])('%s ends the connection', async (_what, claims, code) => {
      const client = await scene.connected('closed', await scene.bearer());
      renew(client, await scene.application.token(claims));
      expect(await endOf(client)).toBe(`${close} ${code}`);
    });

    it.each([[undefined], [''], [17], [{}], [['a']], ['a b']])('so does %j', async (token) => {
      const client = await scene.connected('closed', await scene.bearer());
      renew(client, token);
      expect(await endOf(client)).toBe(`${close} invalid_request`);
    });

    it('so does a token without what the gateway asks', async () => {
      const credentials = await scene.bearer({ roles: ['admin'] });
      const client = await scene.connected('admin', credentials);
      renew(client, await scene.application.token());
      expect(await endOf(client)).toBe(`${close} insufficient_permissions`);
    });

    it('a flood of bad tokens ends it, and harms nobody else', async () => {
      const client = await scene.connected('closed', await scene.bearer());
      const bad = await scene.application.token({ aud: 'urn:other' });
      for (let count = 0; count < 500; count++) client.send('upbond:renew', { token: bad });
      expect(await client.closed).toBe(`${close} invalid_token`);
      expect(await scene.outcome('closed', await scene.bearer())).toBe('connected');
    });

    it('a session and nobody cannot be renewed by a token, and stay who they are', async () => {
      const token = await scene.application.token({ sub: 'did:key:z2' });
      const client = await session(await scene.application.signedIn());
      const nobody = await scene.connected('open');
      for (const one of [client, nobody]) {
        expect((await renew(one, token).answer())?.data).toMatchObject({ code: 'invalid_request' });
      }
      expect(await isOpen(client)).toBe(true);
      expect((await ask(nobody, 'who')).data).toEqual({ sub: null });
      client.close();
      nobody.close();
    });
  });
});
