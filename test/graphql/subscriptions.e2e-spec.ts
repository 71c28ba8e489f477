import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SessionService } from 'nestjs-upbond-auth';
import { CallerEndService } from '../../libs/upbond-auth/src/guard/caller-end.service.js';
import { PLATFORMS } from '../support/application.js';
import { MovableClock } from '../support/movable-clock.js';
import { until } from '../support/waiting.js';
import type { UserAgent } from '../support/user-agent.js';
import { MemorySessionStore } from '../browser/sites/memory-session-store.js';
import type { BearerApplication } from '../bearer/fixture.js';
import { GraphqlSocket, upgradeHeaders, type Connecting } from './client.js';
import { events, startGraphqlApplication } from './fixture.js';

const SUBSCRIPTION = 'subscription { tick }';
const USER = 'did:key:z1';
const SIGN_IN = 'UNAUTHENTICATED login_required';
const INVALID = 'UNAUTHENTICATED invalid_token';
const MALFORMED = 'BAD_REQUEST invalid_request';
const CROSS = 'FORBIDDEN cross_site_request';
const FOREIGN = 'https://evil.example';
const FRIEND = 'https://friend.example';

describe.each(PLATFORMS)('subscriptions over graphql-ws on %s', (platform) => {
  let app: BearerApplication;
  let strict: BearerApplication;
  let session: UserAgent;
  let strictSession: UserAgent;
  let socket: GraphqlSocket | undefined;

  beforeAll(async () => {
    const options = { allowedOrigins: [FRIEND] };
    app = await startGraphqlApplication(platform, { options });
    strict = await startGraphqlApplication(platform, { options, refusesConnections: true });
    session = await app.signedIn();
    strictSession = await strict.signedIn();
  });

  afterEach(() => socket?.dispose());

  afterAll(async () => {
    await app.close();
    await strict.close();
  });

  const outcomeAt = async (at: BearerApplication, connecting: Connecting, query = SUBSCRIPTION) => {
    socket = new GraphqlSocket(at, connecting);
    const outcome = await socket.first(query);
    return outcome === at.server.sub ? 'session' : outcome;
  };

  type Make = (at: BearerApplication, agent: UserAgent) => Promise<Connecting> | Connecting;
  const params =
    (connectionParams: Record<string, unknown>): Make =>
    () => ({ connectionParams });
  const token =
    (name: string, scheme = 'Bearer', claims = {}): Make =>
    async (at) => ({ connectionParams: { [name]: `${scheme} ${await at.token(claims)}` } });
  const cookie =
    (origin?: string, more: Record<string, unknown> = {}): Make =>
    async (at, agent) => ({
      headers: await upgradeHeaders(at, agent, origin),
      connectionParams: more,
    });

  // What the client brings, what the guard makes of it, and how onConnect closes the connection
  const table: [string, Make, string, string][] = [
    ['nothing', () => ({}), SIGN_IN, 'closed 4401'],
    ['a token', token('authorization'), USER, USER],
    ['a token in another case', token('AuthoriZation', 'bearer'), USER, USER],
    [
      'a token in the header',
      async (at) => ({ headers: { authorization: `Bearer ${await at.token()}` } }),
      USER,
      USER,
    ],
    [
      'a token, from another site',
      async (at) => ({
        headers: { origin: FOREIGN },
        connectionParams: { authorization: `Bearer ${await at.token()}` },
      }),
      USER,
      USER,
    ],
    [
      'an expired token',
      token('authorization', 'Bearer', { iat: 1, exp: 2 }),
      INVALID,
      'closed 4401',
    ],
    ['a token for others', token('authorization', 'Bearer', { aud: 'x' }), INVALID, 'closed 4401'],
    ['another scheme', token('authorization', 'Basic'), SIGN_IN, 'closed 4401'],
    ['a token under another name', token('token'), SIGN_IN, 'closed 4401'],
    [
      'two tokens',
      params({ authorization: 'Bearer a', Authorization: 'Bearer b' }),
      MALFORMED,
      'closed 4401',
    ],
    ['a number', params({ authorization: 5 }), MALFORMED, 'closed 4401'],
    ['a list', params({ authorization: ['Bearer a'] }), MALFORMED, 'closed 4401'],
    ['an object', params({ authorization: { token: 'a' } }), MALFORMED, 'closed 4401'],
    ['true', params({ authorization: true }), MALFORMED, 'closed 4401'],
    ['null', params({ authorization: null }), SIGN_IN, 'closed 4401'],
    [
      'a request that it made up',
      params({ req: { method: 'GET', headers: {}, user: { sub: 'x' } }, user: { sub: 'x' } }),
      SIGN_IN,
      'closed 4401',
    ],
    [
      'a session, from our own page',
      (at, agent) => cookie(at.url)(at, agent),
      'session',
      'session',
    ],
    ['a session, from an allowed origin', cookie(FRIEND), 'session', 'session'],
    ['a session, from another site', cookie(FOREIGN), CROSS, 'closed 4403'],
    ['a session, from a sandboxed page', cookie('null'), CROSS, 'closed 4403'],
    ['a session, from nowhere', cookie(), CROSS, 'closed 4403'],
    [
      'a session, and a bad token',
      (at, agent) => cookie(at.url, { authorization: 'Bearer bad' })(at, agent),
      INVALID,
      'closed 4401',
    ],
    [
      'a session, and another scheme',
      (at, agent) => cookie(at.url, { authorization: 'Basic dTpw' })(at, agent),
      'session',
      'session',
    ],
  ];

  it.each(table)('%s', async (_, make, guarded, connected) => {
    expect(await outcomeAt(app, await make(app, session))).toBe(guarded);
    await socket?.dispose();
    expect(await outcomeAt(strict, await make(strict, strictSession))).toBe(connected);
  });

  it('a public subscription serves everybody, and knows who is signed in', async () => {
    const open = 'subscription { openTick }';
    const connectionParams = { authorization: `Bearer ${await app.token()}` };
    expect(await outcomeAt(app, { connectionParams }, open)).toBe(USER);
    const bad = { authorization: 'Bearer bad' };
    for (const connecting of [{}, { connectionParams: bad }]) {
      expect(await outcomeAt(app, connecting, open)).toBe('nobody');
    }
    const headers = await upgradeHeaders(app, session, FOREIGN);
    expect(await outcomeAt(app, { headers }, open)).toBe('nobody');
  });

  it('requirements count for subscriptions, queries and mutations', async () => {
    const connectionParams = { authorization: `Bearer ${await app.token()}` };
    const missing = 'FORBIDDEN insufficient_scope';
    const ask = (query: string) => outcomeAt(app, { connectionParams }, query);
    expect(await ask('subscription { scopedTick }')).toBe(missing);
    expect(await ask('{ scope }')).toBe(true);
    expect(await ask('{ session }')).toBe(SIGN_IN);
    expect(await ask('mutation { change }')).toBe(USER);
    expect(await ask('subscription { itemTick { owner } }')).toEqual({ owner: `${USER} 7` });
  });

  it('field resolvers of events have guards where they are asked for', async () => {
    const graphql = { fieldResolverEnhancers: ['guards' as const] };
    const guarded = await startGraphqlApplication(platform, { graphql });
    try {
      const connectionParams = { authorization: `Bearer ${await guarded.token()}` };
      const ask = (query: string) => outcomeAt(guarded, { connectionParams }, query);
      expect(await ask('subscription { itemTick { owner } }')).toEqual({ owner: `${USER} 7` });
      expect(await ask('subscription { itemTick { hidden } }')).toBe(
        'FORBIDDEN insufficient_scope',
      );
    } finally {
      await socket?.dispose();
      await guarded.close();
    }
  });

  it('onConnect asks to come again while there are no keys', async () => {
    const other = await startGraphqlApplication(platform, { refusesConnections: true });
    try {
      other.server.script('jwks', { status: 500 });
      const connectionParams = { authorization: `Bearer ${await other.token()}` };
      expect(await outcomeAt(other, { connectionParams })).toBe('closed 1013');
    } finally {
      await other.close();
    }
  });
});

describe.each(PLATFORMS)('the end of a connection on %s', (platform) => {
  let app: BearerApplication;
  const sockets: GraphqlSocket[] = [];

  afterEach(async () => {
    for (const socket of sockets.splice(0)) await socket.dispose();
    await app.close();
  });

  async function listen(connecting: Connecting, query = SUBSCRIPTION): Promise<GraphqlSocket> {
    const socket = new GraphqlSocket(app, connecting);
    sockets.push(socket);
    await socket.listen(query);
    return socket;
  }

  /** How a connection ends after something, within the second that is promised. */
  async function endAfter(socket: GraphqlSocket, happen: () => unknown): Promise<number> {
    await happen();
    const start = performance.now();
    const { code } = await socket.closed;
    expect(performance.now() - start).toBeLessThan(1000);
    await until(async () => events.listeners === 0, 'the subscription goes on');
    return code;
  }

  const watched = () => app.running.app.get(CallerEndService, { strict: false }).size;
  const bearer = async (claims = {}) => ({
    connectionParams: { authorization: `Bearer ${await app.token(claims)}` },
  });

  it('comes when the token expires', async () => {
    const clock = new MovableClock();
    app = await startGraphqlApplication(platform, { clock });
    const socket = await listen(await bearer());
    expect(watched()).toBe(1);
    expect(await endAfter(socket, () => clock.forward(601))).toBe(4403);
    expect(watched()).toBe(0);
  });

  it.each<[string, (app: BearerApplication, agent: UserAgent) => Promise<unknown>]>([
    [
      'a logout',
      async ({ url }, agent) => {
        const headers = { accept: 'application/json', 'sec-fetch-site': 'same-origin' };
        const answer = await agent.request(`${url}/auth/logout`, { method: 'POST', headers });
        expect(answer.status).toBe(200);
      },
    ],
    [
      'a revocation',
      ({ running, server }) => running.app.get(SessionService).revokeAll(server.sub),
    ],
  ])('comes after %s, with sealed sessions and with a store', async (_, happen) => {
    for (const sessionStore of [undefined, new MemorySessionStore()]) {
      app = await startGraphqlApplication(platform, {
        options: sessionStore ? { sessionStore } : {},
      });
      const agent = await app.signedIn();
      const headers = await upgradeHeaders(app, agent, app.url);
      const socket = await listen({ headers });
      expect(await endAfter(socket, () => happen(app, agent))).toBe(4403);
      if (sessionStore === undefined) await app.close();
    }
  });

  it('comes when the session ends by itself', async () => {
    const clock = new MovableClock();
    app = await startGraphqlApplication(platform, { clock, options: { sessionIdleSeconds: 600 } });
    const agent = await app.signedIn();
    const socket = await listen({ headers: await upgradeHeaders(app, agent, app.url) });
    expect(await endAfter(socket, () => clock.forward(601))).toBe(4403);
  });

  it('comes also where the context has only the upgrade request', async () => {
    const clock = new MovableClock();
    const context = (given: { extra?: { request: object }; req?: object }) => ({
      req: given.extra?.request ?? given.req ?? given,
    });
    app = await startGraphqlApplication(platform, { clock, graphql: { context } });
    const agent = await app.signedIn();
    const foreign = new GraphqlSocket(app, { headers: await upgradeHeaders(app, agent, FOREIGN) });
    sockets.push(foreign);
    expect(await foreign.first(SUBSCRIPTION)).toBe(CROSS);
    const authorization = `Bearer ${await app.token()}`;
    const socket = await listen({ headers: { authorization } });
    expect(await endAfter(socket, () => clock.forward(601))).toBe(1006);
  });

  it('does not come for whoever is nobody, and nothing waits for connections that are gone', async () => {
    const clock = new MovableClock();
    app = await startGraphqlApplication(platform, { clock });
    await listen({}, 'subscription { openTick }');
    expect(watched()).toBe(0);
    const second = await listen(await bearer());
    await second.listen('subscription { openTick }');
    expect(watched()).toBe(1);
    await second.dispose();
    await until(async () => watched() === 0, 'something waits');
    expect(events.listeners).toBe(1);
  });
});
