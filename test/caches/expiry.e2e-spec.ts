import type { UpbondAuthOptions } from 'nestjs-upbond-auth';
import { describe, expect, it } from 'vitest';
import { PLATFORMS } from '../support/application.js';
import { isCookie } from '../support/library-cookies.js';
import { until } from '../support/waiting.js';
import { CacheScene, KEPT } from './fixture.js';

const now = () => Math.floor(Date.now() / 1000);

describe.each(PLATFORMS)('what is remembered is not served past its expiry, on %s', (platform) => {
  const start = (options?: UpbondAuthOptions) => CacheScene.start(platform, options);

  it.each([0, 60])('a JWT, with a leeway of %s seconds', async (leewaySeconds) => {
    const scene = await start({ leewaySeconds });
    const exp = now() + 600;
    const jwt = await scene.jwt({ sub: 'ann', exp });
    expect(await scene.isRemembered(jwt)).toBe(true);
    scene.clock.stopAt(exp - 1);
    expect(await scene.isRemembered(jwt)).toBe(true);
    // Within the leeway it passes, and is verified each time
    scene.clock.stopAt(exp + leewaySeconds - 1);
    expect(await scene.status(jwt)).toBe(200);
    expect(await scene.isRemembered(jwt)).toBe(leewaySeconds === 0);
    scene.clock.stopAt(exp + leewaySeconds);
    expect(await scene.status(jwt)).toBe(401);
  });

  it('an opaque token, neither past its own expiry nor past the cache time', async () => {
    const scene = await start({ leewaySeconds: 0 });
    const { server } = scene.app;
    const asked = now();
    scene.clock.stopAt(asked);
    const [short, long] = [
      scene.opaque({ sub: 'ann', exp: asked + 20 }),
      scene.opaque({ sub: 'bob', exp: asked + 600 }),
    ];
    expect([await scene.status(short), await scene.status(long)]).toEqual([200, 200]);
    server.tokens.clear();
    for (const [one, end] of [[short, asked + 20] as const, [long, asked + 60] as const]) {
      const questions = server.count('introspection');
      scene.clock.stopAt(end - 1);
      expect(await scene.status(one)).toBe(200);
      expect(server.count('introspection')).toBe(questions);
      scene.clock.stopAt(end);
      expect(await scene.status(one)).toBe(401);
      expect(server.count('introspection')).toBe(questions + 1);
    }
  });

  it('the refusal of an opaque token, past five seconds', async () => {
    const scene = await start();
    const refused = now();
    scene.clock.stopAt(refused);
    const token = scene.opaque({ sub: 'ann', active: false }, 'a-token-that-is-not-active-yet');
    expect(await scene.status(token)).toBe(401);
    scene.opaque({ sub: 'ann' }, 'a-token-that-is-not-active-yet');
    scene.clock.stopAt(refused + 4);
    expect(await scene.status(token)).toBe(401);
    scene.clock.stopAt(refused + 5);
    expect(await scene.ask(token)).toMatchObject({ status: 200, sub: 'ann' });
  });

  it('an access token of the application itself', async () => {
    const scene = await start();
    const asked = now();
    scene.clock.stopAt(asked);
    const first = await scene.ask({}, '/machine');
    expect(first.accessToken).toMatch(/^at-1-/);
    scene.app.server.script('token', { status: 500 });
    scene.clock.stopAt(asked + 3599);
    expect(await scene.ask({}, '/machine')).toEqual(first);
    scene.clock.stopAt(asked + 3600);
    expect(await scene.ask({}, '/machine')).toMatchObject({ status: 503 });
  });

  describe.each(KEPT)('a session in %s', (where, kept) => {
    const sessionIdleSeconds = 1800;
    const sessionLifetimeSeconds = 3000;
    const limits = { sessionIdleSeconds, sessionLifetimeSeconds };

    it('that was not used', async () => {
      const scene = await start({ ...kept(), ...limits });
      const begun = now();
      scene.clock.stopAt(begun);
      // A use prolongs the session: the one that is asked about at its end must not be used before
      const [early, late] = [await scene.signedIn('ann'), await scene.signedIn('bob')];
      expect(await scene.isRemembered(early)).toBe(true);
      expect(await scene.isRemembered(late)).toBe(true);
      scene.clock.stopAt(begun + sessionIdleSeconds - 1);
      expect(await scene.ask(early)).toMatchObject({ status: 200, sub: 'ann' });
      scene.clock.stopAt(begun + sessionIdleSeconds);
      expect(await scene.status(late)).toBe(401);
    });

    it('that was used until its end', async () => {
      const scene = await start({ ...kept(), ...limits });
      const begun = now();
      scene.clock.stopAt(begun);
      const browser = await scene.browser('ann');
      const status = async () => (await scene.app.get('/who', {}, browser)).status;
      scene.clock.stopAt(begun + 1700);
      await until(async () => {
        expect(await status()).toBe(200);
        return scene.session.idleExpiresAt === begun + sessionLifetimeSeconds;
      }, 'the session is prolonged');
      expect(await scene.isRemembered(await scene.cookiesOf(browser))).toBe(true);
      scene.clock.stopAt(begun + sessionLifetimeSeconds - 1);
      expect(await status()).toBe(200);
      const last = await scene.cookiesOf(browser);
      scene.clock.stopAt(begun + sessionLifetimeSeconds);
      expect(isCookie('session', last.cookie ?? '')).toBe(true);
      expect(await scene.status(last)).toBe(401);
    });

    it('has an access token, which a handler gets until it expires', async () => {
      const scene = await start(kept());
      const cookies = await scene.signedIn('ann');
      const first = await scene.ask(cookies, '/mine');
      expect(first).toMatchObject({ status: 200, sub: 'ann' });
      const { expiresAt = NaN } = scene.session.tokenSet;
      scene.app.server.script('token', { status: 500 });
      scene.clock.stopAt(expiresAt - 1);
      expect(await scene.ask(cookies, '/mine')).toEqual(first);
      scene.clock.stopAt(expiresAt);
      expect(await scene.ask(cookies, '/mine')).toMatchObject({ status: 503 });
    });

    it('has what came of its refresh, which old cookies find until it expires', async () => {
      const scene = await start(kept());
      const cookies = await scene.signedIn('ann');
      const [first] = scene.script.issued.keys();
      const refreshed = now() + 7000;
      scene.clock.stopAt(refreshed);
      const second = await scene.ask(cookies, '/mine');
      expect(second).toMatchObject({ status: 200, sub: 'ann' });
      expect(second.accessToken).not.toBe(first);
      scene.clock.stopAt(refreshed + 3600 - 1);
      expect(await scene.ask(cookies, '/mine')).toEqual(second);
      expect(scene.script.refreshes).toHaveLength(1);
      scene.clock.stopAt(refreshed + 3600);
      const third = await scene.ask(cookies, '/mine');
      expect(third.accessToken).not.toBe(second.accessToken);
      // The old cookie has the spent refresh token alone; an entry in a store has the newer one
      expect(third.status).toBe(where === 'a store' ? 200 : 401);
      expect(scene.script.refreshes).toHaveLength(2);
    });
  });
});
