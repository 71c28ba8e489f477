import { setTimeout } from 'node:timers/promises';
import type { TestContext } from 'vitest';
import { PLATFORMS, type Platform } from '../support/application.js';
import { OUTAGES, TRANSPORT_FAULTS, WRONG_ANSWERS } from '../support/faults.js';
import { startScriptedLogin, type ScriptedLogin } from '../support/scripted-login.js';
import type { Door, Fault, Reply } from '../support/scripted-server.js';
import type { Answer } from '../support/user-agent.js';

const DEADLINE_SECONDS = 1;
/** The deadline, and what two busy processors may add to it. */
const PATIENCE_MILLISECONDS = 2500;

const ENDPOINTS = ['discovery', 'token', 'jwks', 'userinfo'] as const;
type Endpoint = (typeof ENDPOINTS)[number];

interface Refusal {
  readonly status: number;
  readonly code: string;
}

interface Case {
  readonly endpoint: Endpoint;
  readonly name: string;
  readonly fault: Fault | Reply;
  readonly refusal: Refusal;
}

const UNAVAILABLE: Refusal = { status: 503, code: 'temporarily_unavailable' };

/** What a whole answer that makes no sense means at each endpoint. */
const SENSELESS: Readonly<Record<Endpoint, Refusal>> = {
  discovery: UNAVAILABLE,
  jwks: UNAVAILABLE,
  token: { status: 502, code: 'token_response_invalid' },
  userinfo: { status: 502, code: 'userinfo_invalid' },
};

function refusalOf(endpoint: Endpoint, name: string): Refusal {
  // RFC 6749 §5.2: a 4xx of the token endpoint is a refusal
  const isRefusal = endpoint === 'token' && name === 'status 418';
  return isRefusal ? { status: 502, code: 'token_request_failed' } : SENSELESS[endpoint];
}

const CASES: readonly Case[] = ENDPOINTS.flatMap((endpoint) => [
  ...Object.entries({ ...TRANSPORT_FAULTS, ...OUTAGES }).map(([name, fault]) => ({
    endpoint,
    name,
    fault,
    refusal: UNAVAILABLE,
  })),
  ...Object.entries(WRONG_ANSWERS).map(([name, fault]) => ({
    endpoint,
    name,
    fault,
    refusal: refusalOf(endpoint, name),
  })),
]);

const escaped: unknown[] = [];
const record = (error: unknown): void => void escaped.push(error);

function start(
  platform: Platform,
  endpoint: Endpoint,
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
): Promise<ScriptedLogin> {
  const isOpenid = endpoint !== 'userinfo';
  const common = { platform, isOpenid, options: { deadlineSeconds: DEADLINE_SECONDS } };
  if (isOpenid) return startScriptedLogin(common, onTestFinished);
  const options = { ...common.options, dangerouslyAllowOAuthOnly: true, scope: 'profile' };
  return startScriptedLogin(
    {
      ...common,
      options,
      async optionsFor(server) {
        const { url } = await server.openDoor();
        return { endpoints: { userinfoEndpoint: `${url}/userinfo` } };
      },
    },
    onTestFinished,
  );
}

/** An address of its own for one endpoint; discovery can only be at the front door. */
async function doorTo({ server }: ScriptedLogin, endpoint: Endpoint): Promise<Door> {
  if (endpoint === 'discovery') return server.front;
  if (endpoint === 'userinfo') return server.doors[1]!;
  const door = await server.openDoor();
  const member = { token: 'token_endpoint', jwks: 'jwks_uri' };
  server.metadata = { [member[endpoint]]: door.url + server.paths[endpoint] };
  return door;
}

async function timed(action: () => Promise<Answer>): Promise<[Answer, number]> {
  const began = performance.now();
  const answer = await action();
  return [answer, performance.now() - began];
}

/** The request that meets the fault: the login route for discovery, the callback for all others. */
async function meet(login: ScriptedLogin, endpoint: Endpoint, arrange: () => unknown) {
  if (endpoint === 'discovery') {
    await arrange();
    return timed(() => login.browser.visit(`${login.url}/auth/login`));
  }
  const callback = await login.upToCallback();
  await arrange();
  return timed(() => login.finish(callback));
}

function expectAnswer([answer, milliseconds]: [Answer, number], { status, code }: Refusal): void {
  const said = /Code: (\w+)/.exec(answer.body)?.[1];
  expect({ status: answer.status, code: said }).toEqual({ status, code });
  expect(milliseconds).toBeLessThan(PATIENCE_MILLISECONDS);
  // Cookies are deleted at most
  const given = answer.headers.getSetCookie().filter((line) => !/^[^=]+=;/.test(line));
  expect(given).toEqual([]);
}

async function expectNoSession(login: ScriptedLogin): Promise<void> {
  expect(await login.sessionCookies()).toEqual([]);
  expect((await login.me()).status).toBe(401);
}

async function expectPublicPage(login: ScriptedLogin): Promise<void> {
  const page = await login.browser.visit(`${login.url}/`);
  expect({ status: page.status, body: page.body }).toEqual({
    status: 200,
    body: 'the public page',
  });
}

async function expectSignedIn(login: ScriptedLogin): Promise<void> {
  const landed = await login.signIn();
  expect({ status: landed.status, url: landed.url }).toEqual({
    status: 200,
    url: `${login.url}/me`,
  });
  expect(await login.sessionCookies()).not.toEqual([]);
}

beforeAll(() => {
  process.on('unhandledRejection', record);
  process.on('uncaughtExceptionMonitor', record);
});

afterAll(() => {
  process.off('unhandledRejection', record);
  process.off('uncaughtExceptionMonitor', record);
  expect(escaped).toEqual([]);
});

describe.each(PLATFORMS)('When the authorization server fails (%s)', (platform) => {
  describe.concurrent.each(ENDPOINTS)('at its %s endpoint', (endpoint) => {
    const cases = CASES.filter((one) => one.endpoint === endpoint);

    it.for(cases.map((one) => [one.name, one.refusal.status, one] as const))(
      'with %s, that login is answered %i in time, and the next one works',
      async ([, , { fault, refusal }], { onTestFinished }) => {
        const login = await start(platform, endpoint, { onTestFinished });
        const { server } = login;
        const met = await meet(login, endpoint, () =>
          typeof fault === 'function'
            ? server.breakWith(endpoint, fault)
            : server.script(endpoint, fault),
        );
        expectAnswer(met, refusal);
        await expectNoSession(login);
        await expectPublicPage(login);
        server.heal();
        await expectSignedIn(login.anotherBrowser());
      },
    );

    it('with a refused connection, that login is answered 503 in time, and the next one works', async ({
      onTestFinished,
    }) => {
      const login = await start(platform, endpoint, { onTestFinished });
      const door = await doorTo(login, endpoint);
      expectAnswer(await meet(login, endpoint, () => door.close()), UNAVAILABLE);
      await expectPublicPage(login);
      await expectNoSession(login);
      await door.reopen();
      await expectSignedIn(login.anotherBrowser());
    });
  });

  it.for(['discovery', 'token', 'jwks', 'userinfo'] as const)(
    'hands on how long to wait when its %s endpoint says so',
    async (endpoint, { onTestFinished }) => {
      const login = await start(platform, endpoint, { onTestFinished });
      const busy = { status: 429, headers: { 'retry-after': '7' } };
      const [answer] = await meet(login, endpoint, () => login.server.script(endpoint, busy));
      expect(answer.headers.get('retry-after')).toBe('7');
    },
  );

  it('answers in time when every endpoint is slow but none of them too slow', async ({
    onTestFinished,
  }) => {
    const login = await start(platform, 'token', { onTestFinished });
    const callback = await login.upToCallback();
    const slowly = async (_: unknown, healthy: () => Promise<Reply>): Promise<Reply> => {
      await setTimeout(700);
      return healthy();
    };
    login.server.script('token', slowly);
    login.server.script('jwks', slowly);
    const met = await timed(() => login.finish(callback));
    expectAnswer(met, UNAVAILABLE);
    login.server.heal();
    await expectSignedIn(login.anotherBrowser());
  });

  it('exchanges a code once, although the connection broke', async ({ onTestFinished }) => {
    const login = await start(platform, 'token', { onTestFinished });
    await expectSignedIn(login);
    login.server.breakWith('token', (response) => response.socket?.resetAndDestroy());
    const again = login.anotherBrowser();
    expect((await again.finish(await again.upToCallback())).status).toBe(503);
    expect(login.server.count('token')).toBe(2);
  });
});
