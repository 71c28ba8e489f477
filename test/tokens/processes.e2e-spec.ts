import { CLIENT_ID, CLIENT_SECRET } from '../support/application.js';
import { UserAgent } from '../support/user-agent.js';
import { ACCESS_TOKEN_SECONDS, TOKEN_MODES, TokenScene, tokenOf } from './processes.js';

describe.each(TOKEN_MODES)('the scene of $processes processes with $name', (mode) => {
  let scene: TokenScene;
  beforeAll(async () => {
    scene = await TokenScene.start(mode);
  }, 60_000);
  afterAll(() => scene?.close());

  it('answers a burst over all processes with the token of one session', async () => {
    scene.startCounting();
    const agent = await scene.signIn();
    const tokens = (await scene.burst(agent, 200)).map(tokenOf);
    expect(new Set(tokens.map((one) => one.process)).size).toBe(mode.processes);
    expect(new Set(tokens.map((one) => one.digest)).size).toBe(1);
    expect(new Set(tokens.map((one) => one.sessionId)).size).toBe(1);
    expect(scene.seen()).toEqual({ tokenRequests: 1, refreshRequests: 0, refreshTokenReuses: 0 });
  });

  it('lets access tokens expire in every process at once', async () => {
    const agent = await scene.signIn();
    const [before] = (await scene.burst(agent, 1)).map(tokenOf);
    expect(before!.expiresAt! - before!.now).toBeGreaterThan(ACCESS_TOKEN_SECONDS - 20);
    await scene.expire();
    for (const one of (await scene.burst(agent, mode.processes, '/held')).map(tokenOf)) {
      expect(one.now).toBeGreaterThan(before!.expiresAt!);
    }
  });

  it.each(['request', 'answer'] as const)('holds a refresh at its %s', async (at) => {
    scene.startCounting();
    scene.gate.hold(at);
    const refreshed = refreshInvalid();
    await scene.gate.reached();
    expect(scene.seen().refreshRequests).toBe(at === 'request' ? 0 : 1);
    scene.gate.open();
    expect((await refreshed).status).toBe(400);
    expect((await refreshInvalid()).status).toBe(400);
    expect(scene.seen()).toEqual({ tokenRequests: 2, refreshRequests: 2, refreshTokenReuses: 0 });
    expect(scene.gate.waiting).toBe(0);
  });

  it('puts a process in place of one that was killed', async () => {
    const agent = await scene.signIn();
    const { sessionId } = tokenOf(await scene.ask(agent, scene.processes[0]!));
    await scene.processes[0]!.kill();
    await expect(scene.ask(agent, scene.processes[0]!)).rejects.toThrow('ECONNREFUSED');
    const next = await scene.replace(scene.processes[0]!);
    expect(scene.processes[0]).toBe(next);
    expect(tokenOf(await scene.ask(agent, next)).sessionId).toBe(sessionId);
  });

  function refreshInvalid() {
    return new UserAgent().request(`${scene.emulator.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: 'none',
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
      }),
    });
  }
});
