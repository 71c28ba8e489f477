import { UserAgent, type Answer } from '../support/user-agent.js';
import { until } from '../support/waiting.js';
import { ACCESS_TOKEN_SECONDS, TOKEN_MODES, TokenScene, tokenOf } from './processes.js';
import type { GateAnswer } from './token-gate.js';

/** Inside the time in which a token of this lifetime is refreshed ahead of its expiry. */
const AHEAD_SECONDS = ACCESS_TOKEN_SECONDS - 20;

const error = (code: string) => JSON.stringify({ error: code });
const JSON_TYPE = { 'content-type': 'application/json' };
const HTML = { 'content-type': 'text/html' };

/** What says nothing about the refresh token. */
const OUTAGES: readonly [string, GateAnswer | 'broken connection'][] = [
  ['a connection that breaks', 'broken connection'],
  ['500 with a page', { status: 500, headers: HTML, body: '<h1>Oops</h1>' }],
  ['503', { status: 503 }],
  ['503 with invalid_grant', { status: 503, headers: JSON_TYPE, body: error('invalid_grant') }],
  ['429', { status: 429, headers: JSON_TYPE, body: error('slow_down') }],
  ['200 with a page', { status: 200, headers: HTML, body: '<h1>Maintenance</h1>' }],
  ['200 with null', { status: 200, body: 'null' }],
  ['302 to somewhere', { status: 302, headers: { location: 'https://evil.example/' } }],
  ['401 invalid_client', { status: 401, headers: JSON_TYPE, body: error('invalid_client') }],
];

/** What refuses the refresh token, in whatever wrapping (RFC 6749 §5.2). */
const REFUSALS: readonly [string, GateAnswer][] = [
  ['400', { status: 400, headers: JSON_TYPE, body: error('invalid_grant') }],
  ['400 as text/html', { status: 400, headers: HTML, body: error('invalid_grant') }],
  ['400 without a type', { status: 400, headers: {}, body: error('invalid_grant') }],
  ['401', { status: 401, headers: JSON_TYPE, body: error('invalid_grant') }],
  ['403', { status: 403, headers: JSON_TYPE, body: error('invalid_grant') }],
  ['200', { status: 200, headers: JSON_TYPE, body: error('invalid_grant') }],
];

describe.each(TOKEN_MODES)('what goes wrong in a refresh: $processes processes, $name', (mode) => {
  let scene: TokenScene;
  beforeAll(async () => {
    scene = await TokenScene.start(mode);
  }, 60_000);
  afterAll(() => scene?.close());
  afterEach(() => scene.gate.open());

  async function signedIn(): Promise<UserAgent> {
    const agent = await scene.signIn();
    scene.startCounting();
    return agent;
  }

  async function one(agent: UserAgent): Promise<Answer> {
    const [answer] = await scene.burst(agent, 1);
    return answer!;
  }

  const codeOf = ({ status, body }: Answer) => [
    status,
    (JSON.parse(body) as { error?: string }).error,
  ];

  it.each(OUTAGES)('lets requests go on while the token lasts: %s', async (_, instead) => {
    const agent = await signedIn();
    const before = tokenOf(await one(agent));
    await scene.expire(AHEAD_SECONDS);
    scene.gate.answer(instead);
    for (const answer of await scene.burst(agent, 8)) {
      expect(tokenOf(answer).digest).toBe(before.digest);
    }
    expect(scene.gate.answered).toBeGreaterThan(0);
    await scene.expire();
    const failed = await one(agent);
    expect(failed.status).toBeGreaterThanOrEqual(502);
    scene.gate.open();
    // Half a minute later the same refresh token works
    await scene.expire();
    expect(tokenOf(await one(agent)).digest).not.toBe(before.digest);
    expect(scene.seen()).toMatchObject({ refreshRequests: 1, refreshTokenReuses: 0 });
  });

  it('leaves a server alone for as long as it asks', async () => {
    const agent = await signedIn();
    await scene.expire();
    scene.gate.answer({ status: 503, headers: { 'retry-after': '120' } });
    const at = scene.processes[0]!;
    const first = await scene.ask(agent, at);
    expect([first.status, first.headers.get('retry-after')]).toEqual([503, '120']);
    for (let request = 0; request < 5; request++) {
      const again = await scene.ask(agent, at);
      expect(again.status).toBe(503);
      expect(Number(again.headers.get('retry-after'))).toBeGreaterThan(100);
    }
    expect(scene.gate.answered).toBe(1);
    scene.gate.open();
    await scene.expire(121);
    expect((await scene.ask(agent, at)).status).toBe(200);
  });

  it.each(REFUSALS)(
    'ends the session when the refresh token is refused: %s',
    async (_, instead) => {
      const agent = await signedIn();
      await scene.expire();
      scene.gate.answer(instead);
      expect(codeOf(await one(agent))).toEqual([401, 'login_required']);
      scene.gate.open();
      // Signed out, not in a circle of refreshes
      expect(codeOf(await one(agent))).toEqual([401, 'login_required']);
      expect(scene.seen().refreshRequests).toBe(0);
      expect(await agent.cookieNames(scene.url, 'session')).toEqual([]);
    },
  );

  it('gives nothing out of a refresh that a logout overtook, and revokes what came of it', async () => {
    const agent = await signedIn();
    await scene.expire();
    scene.gate.hold('answer');
    const refreshing = one(agent);
    await scene.gate.reached();
    const elsewhere = await scene.copyOf(agent);
    const revocations = scene.emulator.counters.revocationRequests;
    const { status } = await elsewhere.request(`${scene.url}/auth/logout`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' },
    });
    expect(status).toBeLessThan(400);
    scene.gate.open();
    expect(codeOf(await refreshing)).toEqual([401, 'login_required']);
    expect(codeOf(await one(agent))).toEqual([401, 'login_required']);
    await until(
      async () => scene.emulator.counters.revocationRequests >= revocations + 2,
      'both refresh tokens revoked',
    );
  });

  it('is not hurt by a clock that is an hour off', async () => {
    const agent = await signedIn();
    await scene.expire();
    tokenOf(await one(agent));
    const [odd] = scene.processes;
    await scene.shift(odd!, 3600);
    for (let round = 0; round < 3; round++) {
      for (const answer of await scene.burst(agent, 12)) tokenOf(answer);
    }
    await scene.shift(odd!, -3600);
    for (const answer of await scene.burst(agent, 12)) tokenOf(answer);
    await scene.shift(odd!, 0);
    for (const answer of await scene.burst(agent, 12)) tokenOf(answer);
    const { refreshRequests, refreshTokenReuses } = scene.seen();
    expect(refreshTokenReuses).toBe(0);
    expect(refreshRequests).toBeLessThanOrEqual(5);
  });

  if (mode.processes > 1) {
    it('goes on after the process that refreshes was killed before the server heard of it', async () => {
      const agent = await signedIn();
      await scene.expire();
      scene.gate.hold('request');
      const dead = scene.processes[0]!;
      const lost = scene.ask(agent, dead).catch(() => undefined);
      await scene.gate.reached();
      await dead.kill();
      await lost;
      scene.gate.open();
      const others = await Promise.all(
        scene.processes.slice(1).map(async (at) => tokenOf(await scene.ask(agent, at))),
      );
      expect(new Set(others.map(({ digest }) => digest)).size).toBe(1);
      expect(scene.seen()).toMatchObject({ refreshRequests: 1, refreshTokenReuses: 0 });
      await scene.replace(dead);
    }, 30_000);

    it('asks to sign in again when the killed process had spent the token, which nobody can know', async () => {
      const agent = await signedIn();
      await scene.expire();
      scene.gate.hold('answer');
      const dead = scene.processes[0]!;
      const lost = scene.ask(agent, dead).catch(() => undefined);
      await scene.gate.reached();
      await dead.kill();
      await lost;
      scene.gate.open();
      const [, second, third] = scene.processes;
      expect(codeOf(await scene.ask(agent, second!))).toEqual([401, 'login_required']);
      expect(codeOf(await scene.ask(agent, third!))).toEqual([401, 'login_required']);
      await scene.replace(dead);
    }, 30_000);

    it('waits for a server that is slower than the lease, in every process', async () => {
      const agent = await signedIn();
      await scene.expire();
      scene.gate.hold('answer');
      const started = performance.now();
      const burst = scene.burst(agent, 40);
      await scene.gate.reached();
      await until(async () => performance.now() - started > 7000, 'more than the lease', 20_000);
      expect(scene.seen().refreshRequests).toBe(1);
      scene.gate.open();
      const tokens = (await burst).map(tokenOf);
      expect(new Set(tokens.map(({ digest }) => digest)).size).toBe(1);
      expect(scene.seen()).toMatchObject({ refreshRequests: 1, refreshTokenReuses: 0 });
    }, 40_000);

    it('keeps what came of a refresh while Redis was restarted', async () => {
      const agent = await signedIn();
      await scene.expire();
      scene.gate.hold('answer');
      const refreshing = one(agent);
      await scene.gate.reached();
      await scene.redis.restart();
      scene.gate.open();
      const { digest } = tokenOf(await refreshing);
      for (const answer of await scene.burst(agent, 12))
        expect(tokenOf(answer).digest).toBe(digest);
      expect(scene.seen()).toMatchObject({ refreshRequests: 1, refreshTokenReuses: 0 });
    }, 30_000);
  }
});
