import { afterEach, describe, expect, it } from 'vitest';
import type { ApolloDriverConfig } from '@nestjs/apollo';
import type { StoredSession, UpbondClaims } from 'nestjs-upbond-auth';
import { PLATFORMS } from '../support/application.js';
import { MovableClock } from '../support/movable-clock.js';
import { UserAgent } from '../support/user-agent.js';
import { MemorySessionStore } from '../browser/sites/memory-session-store.js';
import type { BearerApplication } from '../bearer/fixture.js';
import { outcome, post, startGraphqlApplication, type GraphqlSetup } from './fixture.js';

class CountingStore extends MemorySessionStore {
  reads = 0;

  override read(id: string): Promise<StoredSession | undefined> {
    this.reads++;
    return super.read(id);
  }
}

const FIFTY = `{ ${Array.from({ length: 50 }, (_, index) => `f${index}: me`).join(' ')} }`;
const GUARDED_FIELDS = { fieldResolverEnhancers: ['guards' as const] };

describe.each(PLATFORMS)('the caller of a GraphQL request on %s', (platform) => {
  let app: BearerApplication;

  const start = async (setup: GraphqlSetup) =>
    (app = await startGraphqlApplication(platform, setup));

  afterEach(() => app.close());

  it.each<[string, string, Partial<ApolloDriverConfig>, number]>([
    ['fifty fields', FIFTY, {}, 1],
    ['a field resolver of fifty items', '{ items(count: 50) { owner } }', GUARDED_FIELDS, 1],
    ['a mutation', 'mutation { one: change two: change }', {}, 1],
    ['a public field', '{ open openItem { id } }', {}, 1],
    ['public fields among private ones', '{ open me again: open more: me }', {}, 2],
  ])('costs one look at the store: %s', async (_, query, graphql, most) => {
    const sessionStore = new CountingStore();
    await start({ options: { sessionStore }, graphql });
    const agent = await app.signedIn();
    sessionStore.reads = 0;
    expect((await post(app, query, undefined, agent)).errors).toEqual([]);
    expect(sessionStore.reads).toBeGreaterThan(0);
    expect(sessionStore.reads).toBeLessThanOrEqual(most);
  });

  it('is found out once for a batch of operations, and again for the next request', async () => {
    const asked: string[] = [];
    const loadTokenUser = ({ sub }: UpbondClaims) => (asked.push(sub), { sub });
    await start({ options: { loadTokenUser }, graphql: { allowBatchedHttpRequests: true } });
    const batch = [{ query: FIFTY }, { query: '{ me }' }, { query: 'mutation { change }' }];
    const send = async () =>
      new UserAgent().request(`${app.url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${await app.token()}`,
        },
        body: JSON.stringify(batch),
      });
    const { body } = await send();
    expect((JSON.parse(body) as { data: object }[]).map(({ data }) => Object.keys(data))).toEqual([
      Array.from({ length: 50 }, (_, index) => `f${index}`),
      ['me'],
      ['change'],
    ]);
    expect(asked).toHaveLength(1);
    await send();
    expect(asked).toHaveLength(2);
  });

  it('a refusal is found out once, too', async () => {
    let asked = 0;
    await start({ options: { loadTokenUser: () => (asked++, null) } });
    const authorization = `Bearer ${await app.token()}`;
    expect(outcome(await post(app, FIFTY, { authorization }))).toContain('invalid_token');
    expect(asked).toBe(1);
  });

  it.each<[string, ((...given: never[]) => object) | undefined, boolean]>([
    ['as it is by default', undefined, platform === 'express'],
    [
      'that hands the response over',
      platform === 'express'
        ? ({ req, res }: { req: object; res: object }) => ({ req, res })
        : (req: object, res: object) => ({ req, res }),
      true,
    ],
    [
      'under the names of Fastify',
      platform === 'express'
        ? ({ req, res }: { req: object; res: object }) => ({ request: req, response: res })
        : (request: object, reply: object) => ({ request, reply }),
      true,
    ],
  ])('the session is prolonged once, with a context %s', async (_, context, isProlonged) => {
    const clock = new MovableClock();
    await start({
      clock,
      options: { sessionIdleSeconds: 3600 },
      graphql: context ? { context } : {},
    });
    const agent = await app.signedIn();
    clock.forward(1800);
    const answer = await post(app, FIFTY, undefined, agent);
    expect(outcome(answer)).toBe(app.server.sub);
    const set = answer.headers.getSetCookie().filter((line) => /Max-Age=[1-9]/i.test(line));
    expect(set).toHaveLength(isProlonged ? 1 : 0);
    if (isProlonged) expect(answer.headers.get('vary')).toContain('Cookie');
  });
});
