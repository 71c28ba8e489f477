import { startUpbondEmulator, type UpbondEmulator } from 'upbond-emulator';
import { CLIENT_ID, CLIENT_SECRET } from '../../support/application.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/waiting.js';
import { RedisServer } from '../../support/redis-server.js';
import { UserAgent, type Answer } from '../../support/user-agent.js';
import { ApplicationProcess, LoadBalancer } from './processes.js';

const NAMES = ['one', 'two', 'three'];
/** What everybody sees within a second. */
const SECOND = 1000;
const IDLE_SECONDS = 60;

interface Me {
  readonly process: string;
  readonly sub: string;
  readonly sessionId: string;
  readonly idleExpiresAt: number;
}

describe.each(['sealed cookie + RedisSharedMemory', 'RedisSessionStore'])(
  'three processes behind round-robin, with %s',
  (mode) => {
    const isSealed = mode.startsWith('sealed');
    let redis: RedisServer;
    let emulator: UpbondEmulator;
    let balancer: LoadBalancer;
    let url: string;
    let env: Record<string, string>;
    let processes: ApplicationProcess[] = [];

    beforeAll(async () => {
      const port = await freePort();
      url = `http://localhost:${port}`;
      const client = {
        clientId: CLIENT_ID,
        clientSecret: CLIENT_SECRET,
        redirectUris: [`${url}/auth/callback`],
        postLogoutRedirectUris: [`${url}/`],
        backchannelLogoutUri: `${url}/auth/backchannel-logout`,
      };
      redis = await RedisServer.start({ persistent: true });
      emulator = await startUpbondEmulator({
        clients: [client],
        autoLogin: { email: 'hanako@example.com' },
      });
      balancer = await LoadBalancer.start(port);
      env = {
        PUBLIC_URL: url,
        ISSUER_URL: emulator.url,
        REDIS_PORT: String(redis.port),
        SESSION_MODE: isSealed ? 'sealed' : 'store',
      };
      const started = await Promise.allSettled(
        NAMES.map((name) => ApplicationProcess.start(name, env)),
      );
      processes = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      balancer.processes = processes;
      for (const one of started) if (one.status === 'rejected') throw one.reason;
    }, 60_000);

    afterAll(async () => {
      await Promise.all(processes.map((one) => one.kill()));
      await balancer?.close();
      await emulator?.close();
      await redis?.stop();
    });

    async function signedIn(agent = new UserAgent()): Promise<UserAgent> {
      const answer = await agent.navigate(`${url}/auth/login?returnTo=/me`);
      expect(answer).toMatchObject({ status: 200, url: `${url}/me` });
      return agent;
    }

    /** Goes around the load balancer: cookies ignore ports. */
    function ask(agent: UserAgent, { url: at }: ApplicationProcess, path = '/me'): Promise<Answer> {
      return agent.request(at + path, { headers: { accept: 'application/json' } });
    }

    async function meAt(agent: UserAgent, process: ApplicationProcess): Promise<Me> {
      const { status, body } = await ask(agent, process);
      if (status !== 200) throw new Error(`${process.name} answered ${status}: ${body}`);
      return JSON.parse(body) as Me;
    }

    async function statuses(agent: UserAgent): Promise<number[]> {
      return (await Promise.all(processes.map((one) => ask(agent, one)))).map((one) => one.status);
    }

    /** Milliseconds until no process knows the session any more. */
    function untilEndedEverywhere(agent: UserAgent): Promise<number> {
      return until(
        async () => (await statuses(agent)).every((status) => status === 401),
        'every process has ended the session',
      );
    }

    async function tell(
      { url: at }: ApplicationProcess,
      path: string,
      fields: Record<string, string>,
    ): Promise<Answer> {
      const body = new URLSearchParams(fields);
      return new UserAgent().request(at + path, { method: 'POST', body });
    }

    async function copyOf({ cookies }: UserAgent): Promise<UserAgent> {
      return new UserAgent(await cookies.clone());
    }

    it('a login may meet another process at each step', async () => {
      balancer.passed.length = 0;
      await signedIn();
      const legs = balancer.passed.map(({ process, path }) => `${process} ${path.split('?')[0]}`);
      expect(legs.map((leg) => leg.split(' ')[1])).toEqual([
        '/auth/login',
        '/auth/callback',
        '/me',
      ]);
      expect(new Set(legs.map((leg) => leg.split(' ')[0])).size).toBe(3);
    });

    it('all of them read one session', async () => {
      const agent = await signedIn();
      const seen = await Promise.all(processes.map((one) => meAt(agent, one)));
      expect(seen.map((one) => one.process)).toEqual(NAMES);
      expect(new Set(seen.map((one) => one.sessionId)).size).toBe(1);
      expect(new Set(seen.map((one) => one.sub))).toEqual(new Set([emulator.users[0]!.sub]));
    });

    it('what one of them prolongs is prolonged for all', async () => {
      const moveClocks = async (offset: number) => {
        for (const one of processes) await one.moveClock(offset);
      };
      onTestFinished(() => moveClocks(0));
      const agent = await signedIn();
      const before = await meAt(agent, processes[0]!);
      await moveClocks(IDLE_SECONDS / 2);
      const answer = await ask(agent, processes[1]!);
      expect(answer.headers.getSetCookie().length > 0).toBe(isSealed);
      for (const one of processes) {
        await until(async () => {
          const { idleExpiresAt, sessionId } = await meAt(agent, one);
          expect(sessionId).toBe(before.sessionId);
          return idleExpiresAt >= before.idleExpiresAt + IDLE_SECONDS / 2;
        }, `${one.name} sees a later end`);
      }
      await moveClocks(IDLE_SECONDS + 10);
      expect(await statuses(await copyOf(agent))).toEqual([200, 200, 200]);
      await moveClocks(3 * IDLE_SECONDS);
      expect(await statuses(agent)).toEqual([401, 401, 401]);
    });

    it('a revocation of all sessions by one is seen by all within a second', async () => {
      const agents = [await signedIn(), await signedIn()];
      const { sub } = await meAt(agents[0]!, processes[0]!);
      for (const agent of agents) expect(await statuses(agent)).toEqual([200, 200, 200]);
      const start = performance.now();
      const { status } = await tell(processes[0]!, '/operator/revoke-all', { sub });
      expect(status).toBe(201);
      await Promise.all(agents.map(untilEndedEverywhere));
      const took = Math.round(performance.now() - start);
      console.info(`${mode}: revokeAll is seen by all processes after ${took} ms`);
      expect(took).toBeLessThan(SECOND);
      expect(await statuses(await signedIn())).toEqual([200, 200, 200]);
    });

    it('a logout token that one of them gets is obeyed by all, and refused when it comes again', async () => {
      const [agent, bystander] = [await signedIn(), await signedIn()];
      balancer.passed.length = 0;
      const query = new URLSearchParams({ client_id: CLIENT_ID, returnTo: `${url}/` });
      const accepted = emulator.counters.backchannelLogouts;
      const start = performance.now();
      await agent.request(`${emulator.url}/v2/logout?${query}`);
      await untilEndedEverywhere(agent);
      const took = Math.round(performance.now() - start);
      console.info(`${mode}: a back-channel logout is seen by all processes after ${took} ms`);
      expect(took).toBeLessThan(SECOND);
      expect(emulator.counters.backchannelLogouts).toBe(accepted + 1);
      expect(await statuses(bystander)).toEqual([200, 200, 200]);
      const delivered = balancer.passed.find(({ path }) => path === '/auth/backchannel-logout')!;
      const again = await signedIn(agent);
      for (const one of processes) {
        const fields = Object.fromEntries(new URLSearchParams(delivered.body));
        const replayed = await tell(one, '/auth/backchannel-logout', fields);
        expect(replayed.status).toBe(400);
        expect(JSON.parse(replayed.body)).toMatchObject({ code: 'logout_token_invalid' });
      }
      expect(await statuses(again)).toEqual([200, 200, 200]);
    });

    it('a logout at one of them ends the session in all, copies of the cookie too', async () => {
      const agent = await signedIn();
      const copy = await copyOf(agent);
      const start = performance.now();
      const { status } = await agent.request(`${processes[0]!.url}/auth/logout`, {
        method: 'POST',
        headers: { 'sec-fetch-site': 'same-origin', accept: 'application/json' },
      });
      expect(status).toBe(200);
      expect(await statuses(agent)).toEqual([401, 401, 401]);
      await untilEndedEverywhere(copy);
      const took = Math.round(performance.now() - start);
      console.info(`${mode}: a logout is seen by all processes after ${took} ms, for copies too`);
      expect(took).toBeLessThan(SECOND);
    });

    it('a callback is answered once, whichever processes it is sent to', async () => {
      const agent = new UserAgent();
      const started = await agent.follow(await agent.visit(`${url}/auth/login`), `${url}/auth/cal`);
      const { pathname, search } = new URL(started.headers.get('location') ?? '');
      const copies = await Promise.all([...processes, ...processes].map(() => copyOf(agent)));
      const before = emulator.counters.tokenRequests;
      const answers = await Promise.all(
        copies.map((copy, turn) => copy.visit(processes[turn % 3]!.url + pathname + search)),
      );
      expect(emulator.counters.tokenRequests).toBe(before + 1);
      // The process that was first gives both its callers the same session; the others start a new login
      const signedInNow = answers.filter((one) => one.headers.get('location') === '/');
      const sentToLogin = answers.filter(
        (one) => one.headers.get('location')?.startsWith(`${emulator.url}/authorize`) === true,
      );
      expect(signedInNow.length).toBeGreaterThan(0);
      expect(new Set(signedInNow.map((one) => new URL(one.url).origin)).size).toBe(1);
      expect(signedInNow.length + sentToLogin.length).toBe(6);
      const late = await agent.visit(processes[1]!.url + pathname + search);
      expect(late.headers.get('location')).toContain(`${emulator.url}/authorize`);
      expect(emulator.counters.tokenRequests).toBe(before + 1);
    });

    it('a restart of Redis loses nobody, and is noticed only by what needs it', async () => {
      const agent = await signedIn();
      const { sessionId, sub } = await meAt(agent, processes[0]!);
      let isUp = false;
      onTestFinished(() => (isUp ? undefined : redis.restart()));
      await redis.kill();
      const start = performance.now();
      const answers = await Promise.all(processes.map((one) => ask(agent, one)));
      const took = Math.round(performance.now() - start);
      console.info(`${mode}: Redis down, /me is ${answers[0]!.status} after ${took} ms`);
      expect(took).toBeLessThan(3 * SECOND);
      for (const { status, headers, body } of answers) {
        expect(status).toBe(isSealed ? 200 : 503);
        if (isSealed) continue;
        expect(JSON.parse(body)).toMatchObject({ error: 'session_store_unavailable' });
        expect(headers.get('retry-after')).toBe('1');
      }
      const [pages, greetings] = await Promise.all(
        ['/', '/greeting'].map((path) => Promise.all(processes.map((at) => ask(agent, at, path)))),
      );
      expect(pages!.map((one) => one.status)).toEqual([200, 200, 200]);
      for (const { body } of greetings!) {
        expect(JSON.parse(body)).toMatchObject({ sub: isSealed ? sub : null });
      }
      await redis.start();
      isUp = true;
      const back = await until(
        async () => (await statuses(agent)).every((status) => status === 200),
        'sessions are back everywhere',
      );
      console.info(`${mode}: sessions are back everywhere ${back} ms after Redis`);
      for (const one of processes) {
        expect((await meAt(agent, one)).sessionId).toBe(sessionId);
      }
      await until(async () => {
        const answer = await new UserAgent().navigate(`${url}/auth/login?returnTo=/me`);
        return answer.status === 200;
      }, 'logins are back');
      await until(async () => {
        return (await tell(processes[2]!, '/operator/revoke-all', { sub })).status === 201;
      }, 'revocations are back');
      await untilEndedEverywhere(agent);
    });

    it('the sudden end of one harms nobody, and the one that takes its place knows everything', async () => {
      const [agent, lockedOut] = [await signedIn(), await signedIn()];
      const stolen = await copyOf(lockedOut);
      expect(await statuses(stolen)).toEqual([200, 200, 200]);
      await lockedOut.request(`${processes[0]!.url}/auth/logout`, {
        method: 'POST',
        headers: { 'sec-fetch-site': 'same-origin', accept: 'application/json' },
      });
      const { sessionId } = await meAt(agent, processes[0]!);
      const requests = Array.from({ length: 60 }, async (_, turn) => {
        if (turn === 20) await processes[1]!.kill();
        return agent.request(`${url}/me`, { headers: { accept: 'application/json' } });
      });
      const answers = await Promise.all(requests);
      expect(answers.map((one) => one.status)).toEqual(answers.map(() => 200));
      expect(processes[1]!.child.signalCode).toBe('SIGKILL');
      await signedIn();
      processes[1] = await ApplicationProcess.start('two', env);
      balancer.processes = processes;
      expect((await meAt(agent, processes[1])).sessionId).toBe(sessionId);
      expect((await ask(stolen, processes[1])).status).toBe(401);
    });
  },
);
