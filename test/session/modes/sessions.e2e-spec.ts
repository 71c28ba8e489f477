import { randomBytes } from 'node:crypto';
import type { UpbondAuthOptions } from 'nestjs-upbond-auth';
import { PLATFORMS, SESSION_SECRET } from '../../support/application.js';
import { freePort } from '../../support/ports.js';
import { cookiesSet } from '../../support/library-cookies.js';
import { until } from '../../support/waiting.js';
import { PostgresServer } from '../../support/postgres-server.js';
import { RedisServer } from '../../support/redis-server.js';
import { pgPool } from '../express-store/stores.js';
import { MODES, type Mode, type Servers } from './modes.js';
import { Application, Browser, Scene } from './scene.js';

const NEW_SECRET = 'zKq8Vw2LpXr5TnYc9HfJd3MbGs7RuAe4';
const LIFETIMES = { sessionIdleSeconds: 1000, sessionLifetimeSeconds: 5000 };
/** A tenth of the idle time has to pass before a use is written down. */
const ORDINARY = 50;
const DUE = 500;

/** Everything in the server of a mode, as text. */
async function contents({ server, isSealed }: Mode, { redis, postgres }: Servers): Promise<string> {
  if (server === 'redis') {
    const lines = (await redis.dump()).split('\n');
    // With a store, the log of revocations is for open sockets alone
    return lines.filter((line) => isSealed || !line.startsWith('{"kind":')).join('\n');
  }
  const pool = pgPool(postgres);
  try {
    return JSON.stringify((await pool.query('select * from session')).rows);
  } finally {
    await pool.end();
  }
}

describe('sessions', () => {
  let servers: Servers;
  beforeAll(async () => {
    const [redis, postgres] = await Promise.all([
      RedisServer.start({ persistent: true }),
      PostgresServer.start(),
    ]);
    servers = { redis, postgres };
  });
  afterAll(() => Promise.all([servers?.redis.stop(), servers?.postgres.stop()]));

  const cases = MODES.flatMap((mode) => PLATFORMS.map((platform) => ({ mode, platform })));

  describe.each(cases)('with $mode.name on $platform', ({ mode, platform }) => {
    let scene: Scene;
    beforeAll(async () => {
      scene = await Scene.start(mode, platform, servers, await freePort());
    });
    afterAll(() => scene?.emulator.close());

    async function start(options: UpbondAuthOptions = {}): Promise<Application> {
      await scene.emulator.setHabits({ sid: true });
      const application = new Application(scene, options);
      onTestFinished(() => application.stop());
      return application.start();
    }

    async function signedIn(application: Application, name?: string): Promise<Browser> {
      const browser = new Browser(application, name);
      await browser.signIn();
      expect(await browser.isSignedIn()).toBe(true);
      return browser;
    }

    /** Prints a row of the table that says no in this mode. */
    function says(row: keyof Mode['reasons'], what: string): void {
      const reason = mode.reasons[row];
      expect(reason).toBeTruthy();
      console.info(`${mode.name} on ${platform} — ${row}: ${what}, because ${reason}`);
    }

    it('signs a user in', async () => {
      const browser = new Browser(await start());
      expect(await browser.isSignedIn()).toBe(false);
      const answer = await browser.signIn();
      expect(answer.headers.get('location')).toBe('/me');
      expect(await browser.me()).toMatchObject({ email: 'hanako@example.com' });
    });

    it('sets the promised attributes on the session cookie', async () => {
      const lines = cookiesSet('session', await new Browser(await start()).signIn());
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) {
        const [, ...attributes] = line.split('; ');
        expect(attributes.filter((one) => !/^(Max-Age|Expires)=/.test(one)).sort()).toEqual([
          'HttpOnly',
          'Path=/',
          'SameSite=Lax',
        ]);
        expect(Number(/Max-Age=(\d+)/.exec(line)?.[1])).toBeGreaterThan(3600);
        expect(Buffer.byteLength(line)).toBeLessThan(4096);
      }
    });

    it('says at boot what it cannot promise, and no more', async () => {
      const { logs } = await start();
      const warnings = logs.lines.filter((line) => /until it restarts/.test(line));
      expect(warnings).toHaveLength(mode.outlivesRestart.revokeAll ? 0 : 1);
      for (const warning of warnings)
        expect(warning).toMatch(/back-channel logout.*sharedMemory/is);
    });

    it('makes a new session at each login and ends the one that the browser had', async () => {
      const application = await start();
      const browser = await signedIn(application);
      const first = application.latest;
      const copy = await browser.copy();
      expect(await copy.isSignedIn()).toBe(true);
      await browser.signIn();
      expect(await browser.isSignedIn()).toBe(true);
      expect(application.latest?.id).not.toBe(first?.id);
      expect(await copy.isSignedIn()).toBe(false);
    });

    it('sets no cookie in the answer to an ordinary request', async () => {
      const application = await start(LIFETIMES);
      const browser = await signedIn(application);
      application.clock.forward(ORDINARY);
      for (const path of ['/me', '/greeting', '/']) {
        const answer = await browser.get(path);
        expect(answer.status).toBe(200);
        expect(answer.headers.getSetCookie()).toEqual([]);
      }
    });

    it('prolongs a session that is used, and ends one that is not', async () => {
      const application = await start(LIFETIMES);
      const browser = await signedIn(application);
      const copy = await browser.copy();
      const before = application.latest!.idleExpiresAt;
      application.clock.forward(DUE);
      const answer = await browser.get('/me');
      // A store is told, a sealed cookie is written again
      expect(cookiesSet('session', answer).length > 0).toBe(mode.isSealed);
      await until(async () => {
        await browser.me();
        return application.latest!.idleExpiresAt >= before + DUE;
      }, 'the session is prolonged');
      application.clock.forward(LIFETIMES.sessionIdleSeconds - DUE + 1);
      expect(await browser.isSignedIn()).toBe(true);
      // What was sealed before the prolongation says its own end
      expect(await copy.isSignedIn()).toBe(!mode.isSealed);
      application.clock.forward(LIFETIMES.sessionIdleSeconds + 1);
      expect(await browser.sessionCookies()).not.toEqual([]);
      expect(await browser.isSignedIn()).toBe(false);
    });

    it('ends a session after its lifetime, however much it is used', async () => {
      const application = await start(LIFETIMES);
      const browser = await signedIn(application);
      const { expiresAt } = application.latest!;
      for (let passed = 0; passed < 4500; passed += 900) {
        application.clock.forward(900);
        const idleUntil = Math.min(application.clock.now() + 999, expiresAt);
        await until(async () => {
          await browser.me();
          return application.latest!.idleExpiresAt >= Math.floor(idleUntil);
        }, 'the session is prolonged');
        expect(application.latest!.idleExpiresAt).toBeLessThanOrEqual(expiresAt);
      }
      application.clock.forward(501);
      expect(await browser.sessionCookies()).not.toEqual([]);
      expect(await browser.isSignedIn()).toBe(false);
    });

    it('keeps a session over a restart of the application', async () => {
      const application = await start();
      const browser = await signedIn(application);
      const { id } = application.latest!;
      await application.restart();
      expect(await browser.isSignedIn()).toBe(true);
      expect(application.latest?.id).toBe(id);
    });

    it('keeps a session while its secret is listed, and ends it with the secret', async () => {
      vi.stubEnv('UPBOND_SESSION_SECRET', SESSION_SECRET);
      onTestFinished(() => void vi.unstubAllEnvs());
      const application = await start({ sessionSecret: undefined as never });
      const older = await signedIn(application);
      vi.stubEnv('UPBOND_SESSION_SECRET', `${NEW_SECRET}, ${SESSION_SECRET}`);
      await application.restart();
      expect(await older.isSignedIn()).toBe(true);
      const newer = await signedIn(application);
      vi.stubEnv('UPBOND_SESSION_SECRET', NEW_SECRET);
      await application.restart();
      expect(await older.isSignedIn()).toBe(false);
      expect(await newer.isSignedIn()).toBe(true);
      await older.signIn();
      expect(await older.isSignedIn()).toBe(true);
    });

    it('keeps users that grow and shrink from login to login, and leaves nothing behind', async () => {
      let filler = '';
      const application = await start({ onLogin: ({ sub }) => ({ sub, filler }) });
      const browser = new Browser(application);
      const counts = new Set<number>();
      for (const size of [10, 3000, 100, 2000, 3000, 1]) {
        filler = randomBytes(size / 2 + 1).toString('hex');
        await browser.signIn();
        expect(await browser.me()).toMatchObject({ filler });
        const names = await browser.sessionCookies();
        const count = Number(names[0]?.split('.')[1]);
        expect(names).toHaveLength(count);
        counts.add(count);
      }
      expect([...counts].sort()).toEqual(mode.isSealed ? [1, 2] : [1]);
    });

    it(`${mode.isSealed ? 'refuses' : 'keeps'} a user that does not fit into cookies`, async () => {
      const filler = randomBytes(8000).toString('hex');
      const application = await start({ onLogin: ({ sub }) => ({ sub, filler }) });
      const browser = new Browser(application);
      const answer = await browser.signIn();
      if (!mode.isSealed) return expect(await browser.me()).toMatchObject({ filler });
      expect(answer.status).toBe(500);
      expect(answer.headers.get('content-type')).toContain('text/html');
      expect(answer.body).toContain('session_too_large');
      expect(answer.body).toContain('does not fit into cookies');
      expect(answer.body).not.toContain(filler.slice(0, 20));
      const recommendation = /session_too_large: .* configure a sessionStore/;
      expect(application.logs.lines).toContainEqual(expect.stringMatching(recommendation));
      expect(cookiesSet('session', answer)).toEqual([]);
      expect(await browser.isSignedIn()).toBe(false);
    });

    it(`${mode.lists ? 'lists' : 'says that it cannot list'} the devices of a user`, async () => {
      const application = await start();
      await application.sessions.revokeAll(scene.emulator.users[0]!.sub);
      const laptop = await signedIn(application, 'Laptop/1');
      const { sub } = application.latest!;
      application.clock.forward(1);
      await signedIn(application, `Phone/2 ${'x'.repeat(300)}`);
      const phoneId = application.sessions.idOf(application.latest!);
      const other = new Browser(application);
      await other.signIn('taro@example.com');
      if (!mode.lists) {
        await expect(application.sessions.list(sub)).rejects.toMatchObject({
          name: 'UpbondAuthException',
          code: 'session_index_missing',
        });
        return says('list', 'SessionService.list() rejects with session_index_missing');
      }
      const listed = await application.sessions.list(sub);
      expect(listed.map(({ userAgent }) => userAgent?.slice(0, 8))).toEqual([
        'Phone/2 ',
        'Laptop/1',
      ]);
      expect(listed[0]?.userAgent).toHaveLength(256);
      expect(listed[0]?.id).toBe(phoneId);
      for (const { createdAt, lastSeenAt, ...rest } of listed) {
        expect(Math.abs(createdAt - application.clock.now())).toBeLessThan(30);
        expect(Math.abs(lastSeenAt - createdAt)).toBeLessThanOrEqual(1);
        expect(Object.keys(rest).sort()).toEqual(['id', 'userAgent']);
      }
      application.clock.forward(100);
      await laptop.me();
      await until(async () => {
        const [, second] = await application.sessions.list(sub);
        return second!.lastSeenAt >= listed[1]!.lastSeenAt + 100;
      }, 'the use of the laptop is listed');
    });

    it('ends one session that is revoked, and no other', async () => {
      const application = await start();
      const [lost, kept] = [await signedIn(application), new Browser(application)];
      const id = application.sessions.idOf(application.latest!);
      await kept.signIn();
      await application.sessions.revoke(id);
      expect(await lost.isSignedIn()).toBe(false);
      expect(await kept.isSignedIn()).toBe(true);
      await application.restart();
      expect(await kept.isSignedIn()).toBe(true);
      expect(await lost.isSignedIn()).toBe(!mode.outlivesRestart.revoke);
      if (!mode.outlivesRestart.revoke) says('revoke', 'it does not outlive a restart');
    });

    it('ends all sessions of a user at once, and no later login', async () => {
      const application = await start();
      const [one, another] = [await signedIn(application), await signedIn(application)];
      const { sub } = application.latest!;
      const other = new Browser(application);
      await other.signIn('taro@example.com');
      await application.sessions.revokeAll(sub);
      expect([await one.isSignedIn(), await another.isSignedIn()]).toEqual([false, false]);
      expect(await other.isSignedIn()).toBe(true);
      await another.signIn();
      expect(await another.isSignedIn()).toBe(true);
      await application.restart();
      expect(await another.isSignedIn()).toBe(true);
      expect(await other.isSignedIn()).toBe(true);
      expect(await one.isSignedIn()).toBe(!mode.outlivesRestart.revokeAll);
      if (!mode.outlivesRestart.revokeAll) {
        says('revokeAll', 'it and back-channel logout do not outlive a restart');
      }
    });

    it('lets a logout win over a request in flight that prolongs the session', async () => {
      const application = await start(LIFETIMES);
      const browser = await signedIn(application);
      application.clock.forward(DUE);
      const inFlight = browser.get('/slow');
      await application.gate.reached;
      const copy = await browser.copy();
      const signedOut = await browser.signOut();
      expect(signedOut.status).toBe(200);
      application.gate.open();
      const late = await inFlight;
      expect(late).toMatchObject({ status: 200, body: 'done' });
      expect(cookiesSet('session', late).length > 0).toBe(mode.isSealed);
      expect(await browser.sessionCookies()).toHaveLength(cookiesSet('session', late).length);
      expect(await browser.isSignedIn()).toBe(false);
      expect(await copy.isSignedIn()).toBe(false);
      await browser.signIn();
      expect(await browser.isSignedIn()).toBe(true);
    });

    it('ends the session that a back-channel logout names by sid, and no other', async () => {
      const application = await start();
      const [one, another] = [await signedIn(application), await signedIn(application)];
      await one.signOutAtServer();
      expect(await one.isSignedIn()).toBe(false);
      expect(await another.isSignedIn()).toBe(true);
      await one.signIn();
      expect(await one.isSignedIn()).toBe(true);
    });

    it('ends the sessions of the user that a back-channel logout names by sub', async () => {
      const application = await start();
      await scene.emulator.setHabits({ sid: false });
      const [one, another] = [await signedIn(application), await signedIn(application)];
      const other = new Browser(application);
      await other.signIn('taro@example.com');
      await one.signOutAtServer();
      expect([await one.isSignedIn(), await another.isSignedIn()]).toEqual([false, false]);
      expect(await other.isSignedIn()).toBe(true);
      await one.signIn();
      expect(await one.isSignedIn()).toBe(true);
    });

    it('goes on as far as it can while its server is down, and loses nothing', async () => {
      const application = await start();
      const browser = await signedIn(application);
      const { id } = application.latest!;
      if (!mode.server) return says('down', 'does not apply');
      const server = servers[mode.server];
      let isUp = false;
      // For the tests that follow, should this one fail
      onTestFinished(() => (isUp ? undefined : server.restart()));
      await server.kill();
      const asked = performance.now();
      const answer = await browser.get('/me');
      const took = Math.round(performance.now() - asked);
      console.info(
        `${mode.name} on ${platform}: server down, /me is ${answer.status} in ${took} ms`,
      );
      expect(took).toBeLessThan(3000);
      if (mode.isSealed) expect(answer.status).toBe(200);
      else {
        expect(answer.status).toBe(503);
        expect(JSON.parse(answer.body)).toMatchObject({ error: 'session_store_unavailable' });
        expect(answer.headers.get('retry-after')).toBe('1');
        expect(cookiesSet('session', answer)).toEqual([]);
      }
      expect(await browser.get('/')).toMatchObject({ status: 200, body: 'the public page' });
      const nobody = new Browser(application);
      const [greeting, login, revocation] = await Promise.all([
        browser.get('/greeting'),
        nobody.signIn(),
        application.sessions.revokeAll('somebody else').catch((error: unknown) => error),
      ]);
      expect(greeting.status).toBe(200);
      const { sub } = JSON.parse(greeting.body) as { sub: string | null };
      expect(sub !== null).toBe(mode.isSealed);
      // Without it nobody knows whether this state has been used, or where to put the session
      expect(login.status).toBe(503);
      expect(cookiesSet('session', login)).toEqual([]);
      if (mode.outlivesRestart.revokeAll) {
        expect(revocation).toMatchObject({ code: 'session_store_unavailable' });
      }
      await server.start();
      isUp = true;
      const back = await until(async () => {
        return (await browser.get('/me')).status === 200;
      }, 'sessions are back');
      console.info(`${mode.name} on ${platform}: back ${back} ms after its server`);
      expect(application.latest?.id).toBe(id);
      await until(async () => {
        return (await new Browser(application).signIn()).status === 302;
      }, 'logins are back');
    });

    it('ends a session for good by a logout while its server is down', async () => {
      const application = await start();
      const [browser, other] = [await signedIn(application), await signedIn(application)];
      await browser.me();
      const id = application.sessions.idOf(application.latest!);
      const copy = await browser.copy();
      if (!mode.server) return says('down', 'does not apply');
      const isWritten = async () => (await contents(mode, servers)).includes(id);
      expect(await isWritten()).toBe(!mode.isSealed);
      const server = servers[mode.server];
      let isUp = false;
      onTestFinished(() => (isUp ? undefined : server.restart()));
      await server.kill();
      const answer = await browser.signOut();
      expect(answer.status).toBe(200);
      expect(await browser.sessionCookies()).toEqual([]);
      expect((await copy.get('/me')).status).toBe(mode.isSealed ? 401 : 503);
      await server.start();
      isUp = true;
      const statuses: number[] = [];
      await until(async () => {
        statuses.push((await copy.get('/me')).status);
        return statuses.at(-1) === 401;
      }, 'the copy is told that it has no session');
      expect(statuses).not.toContain(200);
      // What is written down: the revocation of a sealed session, or no session any more
      await until(async () => (await isWritten()) === mode.isSealed, 'the logout is written down');
      await application.restart();
      expect(await copy.isSignedIn()).toBe(false);
      expect(await browser.isSignedIn()).toBe(false);
      expect(await other.isSignedIn()).toBe(true);
    });
  });
});
