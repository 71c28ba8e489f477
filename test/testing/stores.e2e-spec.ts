import session from 'express-session';
import { ExpressSessionStore, RedisSessionStore, type SessionStore } from 'nestjs-upbond-auth';
import { createUpbondTesting, type UpbondTesting } from 'nestjs-upbond-auth/testing';
import { CLIENT_KINDS } from '../session/redis/clients.js';
import { PLATFORMS } from '../support/application.js';
import { CleanUp } from '../support/boot.js';
import { RedisServer } from '../support/redis-server.js';
import { ApplicationUnderTest, codeOf, ordersModule } from './fixture.js';

const DAY = 86_400;

describe.each(PLATFORMS)('sessions of the testing kit on %s', (platform) => {
  const cleanUp = new CleanUp();
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(() => redis.stop());
  afterEach(() => cleanUp.clean());

  async function start(sessionStore: SessionStore) {
    const upbond = await createUpbondTesting();
    const application = ApplicationUnderTest.start(
      platform,
      upbond,
      ordersModule({ sessionStore }),
    );
    return { upbond, application: await cleanUp.closing(application) };
  }

  async function expectSessionsWork(application: ApplicationUnderTest, upbond: UpbondTesting) {
    const ann = upbond.asUser({ sub: 'ann', scopes: ['read:orders'] });
    const first = await ann.session();
    const second = await ann.session();
    expect(await application.status('/orders', first)).toBe(200);
    await application.ask('/auth/logout', first, 'POST');
    const ended = await application.ask('/me', first);
    expect([ended.status, codeOf(ended)]).toEqual([401, 'login_required']);
    expect(await application.status('/me', second)).toBe(200);
    expect(await application.status('/me', ann.expired().session())).toBe(401);
    upbond.clock.advance(DAY + 1);
    expect(await application.status('/me', second)).toBe(401);
    expect(await application.status('/me', ann.session())).toBe(200);
  }

  it.each(CLIENT_KINDS.map((kind) => [kind.name, kind] as const))(
    'are entries in Redis, by %s',
    async (_, kind) => {
      const { client, close } = await kind.single(redis);
      await cleanUp.closing({ close: async () => close() });
      const { upbond, application } = await start(new RedisSessionStore(client));
      expect(await redis.dump()).not.toContain('upbond:session');
      const ann = await upbond.asUser({ sub: 'ann' }).session();
      expect(await redis.dump()).toContain('upbond:session');
      expect(await application.status('/me', ann)).toBe(200);
      await expectSessionsWork(application, upbond);
      await redis.cli('flushall');
    },
  );

  it('are entries in a store of express-session', async () => {
    const memory = new session.MemoryStore();
    const { upbond, application } = await start(new ExpressSessionStore(memory));
    await expectSessionsWork(application, upbond);
  });
});
