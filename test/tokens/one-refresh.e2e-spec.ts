import { UserAgent } from '../support/user-agent.js';
import { TOKEN_MODES, TokenScene, tokenOf } from './processes.js';

const REQUESTS = 1000;
const ROUNDS = 50;

describe.each(TOKEN_MODES)('one refresh per expiry: $processes processes, $name', (mode) => {
  let scene: TokenScene;
  let agent: UserAgent;
  beforeAll(async () => {
    scene = await TokenScene.start(mode);
    agent = await scene.signIn();
  }, 60_000);
  afterAll(() => scene?.close());

  it(`makes one token call for ${REQUESTS} parallel requests, ${ROUNDS} times over`, async () => {
    const digests = new Set<string>();
    for (let round = 1; round <= ROUNDS; round++) {
      await scene.expire();
      scene.startCounting();
      const tokens = (await scene.burst(agent, REQUESTS)).map(tokenOf);
      const ofRound = new Set(tokens.map(({ digest }) => digest));
      expect({ round, tokens: ofRound.size, ...scene.seen() }).toEqual({
        round,
        tokens: 1,
        tokenRequests: 1,
        refreshRequests: 1,
        refreshTokenReuses: 0,
      });
      digests.add([...ofRound][0] ?? '');
    }
    expect(digests.size).toBe(ROUNDS);
    const requests = REQUESTS * ROUNDS;
    console.log(
      `${mode.name}: ${requests} requests over ${mode.processes} processes, ${ROUNDS} token calls, 0 failed, 0 reuses`,
    );
  }, 600_000);

  it('goes on after the answer with the new tokens was lost', async () => {
    await scene.expire();
    const before = await scene.copyOf(agent);
    scene.startCounting();
    const [lost] = (await scene.burst(agent, 1)).map(tokenOf);
    // The browser never got that answer: it comes with the cookies of before, to every process
    const again = (await scene.burst(before, mode.processes)).map(tokenOf);
    expect(new Set(again.map(({ digest }) => digest))).toEqual(new Set([lost?.digest]));
    expect(scene.seen()).toEqual({ tokenRequests: 1, refreshRequests: 1, refreshTokenReuses: 0 });
    agent = before;
  });
});
