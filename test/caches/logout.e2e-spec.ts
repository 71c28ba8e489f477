import session from 'express-session';
import {
  ExpressSessionStore,
  RedisSessionStore,
  RedisSharedMemory,
  type UpbondAuthOptions,
} from 'nestjs-upbond-auth';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { RoutesController } from '../bearer/fixture.js';
import { CLIENT_KINDS, type ApplicationClient } from '../session/redis/clients.js';
import { PLATFORMS, startApplication } from '../support/application.js';
import { freePort } from '../support/ports.js';
import { RedisServer } from '../support/redis-server.js';
import type { UserAgent } from '../support/user-agent.js';
import { until } from '../support/waiting.js';
import { CacheScene, KEPT, WhoController, type Credential } from './fixture.js';

/** Who is to be signed out. */
interface Ending {
  readonly scene: CacheScene;
  readonly browser: UserAgent;
  readonly sub: string;
  readonly id: string;
}

type End = (ending: Ending) => Promise<unknown>;

/** Every way in which a session ends before its time. */
const ENDS: readonly (readonly [name: string, end: End])[] = [
  [
    'a logout',
    ({ scene, browser }) =>
      browser.request(`${scene.url}/auth/logout`, {
        method: 'POST',
        headers: { accept: 'application/json', 'sec-fetch-site': 'same-origin' },
      }),
  ],
  ['SessionService.revoke', ({ scene, id }) => scene.service.revoke(id)],
  ['SessionService.revokeAll', ({ scene, sub }) => scene.service.revokeAll(sub)],
  ['a logout token with a sub', ({ scene, sub }) => scene.backchannelLogout({ sub })],
  ['a logout token with a sid', ({ scene, sub }) => scene.backchannelLogout({ sid: `of ${sub}` })],
  [
    'another login in the same browser',
    ({ scene, browser, sub }) => {
      scene.app.server.sub = sub;
      return browser.navigate(`${scene.url}/auth/login?returnTo=/open`);
    },
  ],
];

/** Somebody whose session is remembered. */
interface Someone extends Ending {
  /** The cookies of the login. */
  readonly before: Credential;
}

async function someone(scene: CacheScene, sub: string): Promise<Someone> {
  scene.app.server.sub = sub;
  const browser = await scene.app.signedIn({ sid: `of ${sub}` });
  const before = await scene.cookiesOf(browser);
  expect(await scene.ask(before)).toEqual({ status: 200, sub });
  expect(await scene.isRemembered(before)).toBe(true);
  const id = scene.service.idOf(scene.session);
  return { scene, browser, sub, id, before };
}

describe.each(PLATFORMS)('what is remembered is not served past a logout, on %s', (platform) => {
  describe.each(KEPT)('a session in %s', (_, kept) => {
    it.each(ENDS)(
      'by %s: no copy of its cookies counts, and nobody else’s is hurt',
      async (_, end) => {
        const scene = await CacheScene.start(platform, kept());
        const [ann, bob] = [await someone(scene, 'ann'), await someone(scene, 'bob')];
        // Hours later the session is prolonged, and its access token refreshed
        scene.clock.forward(3 * 3600);
        const mine = JSON.parse((await scene.app.get('/mine', {}, ann.browser)).body) as object;
        expect(mine).toMatchObject({ sub: 'ann' });
        const after = await scene.cookiesOf(ann.browser);
        const copies = [ann.before, after];
        for (const copy of copies) expect(await scene.status(copy)).toBe(200);
        // What the server signs has the real time
        scene.clock.reset();
        await until(() => scene.isRemembered(after), 'it is remembered');
        await end(ann);
        const refreshes = scene.script.refreshes.length;
        for (const copy of copies) {
          expect(await scene.status(copy)).toBe(401);
          expect(await scene.ask(copy, '/mine')).not.toHaveProperty('accessToken');
          expect(await scene.ask(copy, '/open')).toEqual({ status: 200, sub: null });
        }
        expect(scene.script.refreshes).toHaveLength(refreshes);
        expect(await scene.ask(bob.before)).toEqual({ status: 200, sub: 'bob' });
      },
    );
  });

  it('whom loadUser or loadTokenUser refuses is refused at once', async () => {
    const scene = await CacheScene.start(platform);
    const all = [
      await scene.signedIn('ann'),
      await scene.jwt({ sub: 'ann' }),
      scene.opaque({ sub: 'ann' }),
    ];
    for (const one of all) expect(await scene.isRemembered(one)).toBe(true);
    scene.lockedOut.add('ann');
    expect(await Promise.all(all.map((one) => scene.status(one)))).toEqual([403, 401, 401]);
    scene.lockedOut.clear();
    expect(await Promise.all(all.map((one) => scene.status(one)))).toEqual([200, 200, 200]);
  });
});

/** What two processes have in common. */
type Shared = () => Promise<readonly [UpbondAuthOptions, UpbondAuthOptions]>;

describe.each(PLATFORMS)('another process that remembers the session, on %s', (platform) => {
  let redis: RedisServer;
  const clients: ApplicationClient[] = [];
  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await redis.stop();
  });

  async function client(): Promise<ApplicationClient['client']> {
    const opened = await CLIENT_KINDS[0]!.single(redis);
    clients.push(opened);
    return opened.client;
  }

  const SHARED: readonly (readonly [name: string, shared: Shared])[] = [
    [
      'sealed cookie + RedisSharedMemory',
      async () => [
        { sharedMemory: new RedisSharedMemory(await client()) },
        { sharedMemory: new RedisSharedMemory(await client()) },
      ],
    ],
    [
      'RedisSessionStore',
      async () => [
        { sessionStore: new RedisSessionStore(await client()) },
        { sessionStore: new RedisSessionStore(await client()) },
      ],
    ],
    [
      'ExpressSessionStore + RedisSharedMemory',
      async () => {
        const store = new session.MemoryStore();
        const options = async () => ({
          sessionStore: new ExpressSessionStore(store),
          sharedMemory: new RedisSharedMemory(await client()),
        });
        return [await options(), await options()];
      },
    ],
  ];

  describe.each(SHARED)('with %s', (_, shared) => {
    it('hears of every end within a second, and of nobody else’s', async () => {
      const [here, there] = await shared();
      const scene = await CacheScene.start(platform, here);
      const other = await startApplication({
        platform,
        port: await freePort(),
        controllers: [RoutesController, WhoController],
        options: {
          domain: scene.app.server.url,
          redirectUri: `${scene.url}/auth/callback`,
          scope: 'openid offline_access',
          ...there,
        },
      });
      onTestFinished(() => other.close());
      const askThere = ({ before }: Someone) => scene.ask(before, '/who', other.url);
      const stays = await someone(scene, 'who stays');
      const leave: Someone[] = [];
      for (const [name] of ENDS) leave.push(await someone(scene, `who leaves by ${name}`));
      for (const one of [stays, ...leave, stays, ...leave]) {
        expect(await askThere(one)).toEqual({ status: 200, sub: one.sub });
      }
      for (const [index, [, end]] of ENDS.entries()) {
        const ending = leave[index]!;
        await end(ending);
        expect(await scene.status(ending.before)).toBe(401);
      }
      const statuses = async () =>
        (await Promise.all(leave.map(askThere))).map((one) => one.status);
      await until(
        async () => (await statuses()).every((status) => status === 401),
        'the other process lets somebody in',
        1000,
      );
      expect(await askThere(stays)).toEqual({ status: 200, sub: stays.sub });
    });
  });
});
