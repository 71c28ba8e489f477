import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PLATFORMS } from '../support/application.js';
import { UserAgent } from '../support/user-agent.js';
import type { BearerApplication } from '../bearer/fixture.js';
import { outcome, post, postWithToken, startGraphqlApplication } from './fixture.js';

const now = () => Math.floor(Date.now() / 1000);
const RICH = {
  permissions: ['contacts:write'],
  roles: ['admin'],
  email_verified: true,
  acr: 'gold',
};

describe.each(PLATFORMS)('GraphQL over HTTP on %s', (platform) => {
  let app: BearerApplication;
  let session: UserAgent;

  beforeAll(async () => {
    app = await startGraphqlApplication(platform);
    session = await app.signedIn();
  });

  afterAll(() => app.close());

  const SIGN_IN = 'UNAUTHENTICATED login_required';
  const NO_SCOPE = 'FORBIDDEN insufficient_scope';
  const NO_PERMISSION = 'FORBIDDEN insufficient_permissions';
  const WEAK = 'UNAUTHENTICATED insufficient_user_authentication';

  // Field by credential: nobody, a token, a token with everything, a session
  it.each<[string, unknown, unknown, unknown, unknown]>([
    ['me', SIGN_IN, 'did:key:z1', 'did:key:z1', 'session'],
    ['reqUser', SIGN_IN, 'did:key:z1', 'did:key:z1', 'session'],
    ['open', null, 'did:key:z1', 'did:key:z1', 'session'],
    ['session', SIGN_IN, SIGN_IN, SIGN_IN, true],
    ['bearer', SIGN_IN, true, true, SIGN_IN],
    ['scope', SIGN_IN, true, true, NO_SCOPE],
    ['permission', SIGN_IN, NO_PERMISSION, true, NO_PERMISSION],
    ['role', SIGN_IN, NO_PERMISSION, true, NO_PERMISSION],
    ['claims', SIGN_IN, NO_PERMISSION, true, NO_PERMISSION],
    ['stepUp', SIGN_IN, WEAK, true, WEAK],
  ])('%s', async (field, ...expected) => {
    const query = `{ ${field} }`;
    const answers = [
      await post(app, query),
      await postWithToken(app, query, app.token()),
      await postWithToken(app, query, app.token({ ...RICH, auth_time: now() })),
      await post(app, query, undefined, session),
    ];
    const named = answers.map(outcome).map((one) => (one === app.server.sub ? 'session' : one));
    expect(named).toEqual(expected);
  });

  it('a mutation knows the user', async () => {
    expect(outcome(await post(app, 'mutation { change }'))).toBe(SIGN_IN);
    const token = await postWithToken(app, 'mutation { change }', app.token());
    expect(outcome(token)).toBe('did:key:z1');
    const own = await post(app, 'mutation { change }', undefined, session);
    expect(outcome(own)).toBe(app.server.sub);
  });

  it.each<[string, () => Promise<string>, string]>([
    ['tampered', async () => `${(await app.token()).slice(0, -4)}AAAA`, 'invalid_token'],
    ['expired', () => app.token({ iat: 1, exp: 2 }), 'invalid_token'],
    ['for another API', () => app.token({ aud: 'urn:other' }), 'invalid_token'],
    ['of another issuer', () => app.token({ iss: 'https://evil.example' }), 'invalid_token'],
    ['not one', async () => 'a b', 'invalid_request'],
  ])('a token that is %s is refused, also beside a good session', async (_, token, error) => {
    const authorization = `Bearer ${await token()}`;
    const code = error === 'invalid_request' ? 'BAD_REQUEST' : 'UNAUTHENTICATED';
    for (const agent of [new UserAgent(), session]) {
      expect(outcome(await post(app, '{ me }', { authorization }, agent))).toBe(`${code} ${error}`);
      expect(outcome(await post(app, '{ open }', { authorization }, agent))).toBeNull();
    }
  });

  it('a tampered session cookie is none', async () => {
    const cookie = (await session.cookies.getCookieString(app.url)).replace(/.{3}$/, 'AAA');
    expect(outcome(await post(app, '{ me }', { 'sec-fetch-site': 'same-origin', cookie }))).toBe(
      SIGN_IN,
    );
  });

  it('public and private fields of one operation have answers of their own', async () => {
    const both = await post(app, '{ open me }');
    expect([both.data, outcome(both)]).toEqual([null, SIGN_IN]);
    const mixed = await post(app, '{ openItem { id owner } }');
    expect(mixed.data).toEqual({ openItem: { id: 0, owner: null } });
  });

  it('refusals have this shape, and say nothing else', async () => {
    const { status, errors, headers } = await postWithToken(app, '{ me }', app.token({ aud: 'x' }));
    expect({ status, errors }).toEqual({
      status: 200,
      errors: [
        {
          message: 'The access token cannot be accepted.',
          path: ['me'],
          locations: [{ line: 1, column: 3 }],
          extensions: {
            code: 'UNAUTHENTICATED',
            originalError: {
              statusCode: 401,
              error: 'invalid_token',
              message: 'The access token cannot be accepted.',
            },
          },
        },
      ],
    });
    expect(headers.get('www-authenticate')).toMatch(/^Bearer realm=.*error="invalid_token"/);
    expect(headers.get('location')).toBeNull();
  });

  it('challenges name what is needed', async () => {
    const challenge = async (field: string, token?: Promise<string>) => {
      const answer = token
        ? await postWithToken(app, `{ ${field} }`, token)
        : await post(app, `{ ${field} }`);
      return answer.headers.get('www-authenticate');
    };
    expect(await challenge('me')).toMatch(/^Bearer realm="[^"]*", resource_metadata=/);
    expect(await challenge('scope', app.token({ scope: 'x' }))).toContain(
      'error="insufficient_scope", scope="read:contacts"',
    );
    expect(await challenge('stepUp', app.token())).toContain('acr_values="gold", max_age="300"');
  });

  it('a page navigation is not sent to log in', async () => {
    const query = new URLSearchParams({ query: '{ me }' });
    const answer = await new UserAgent().visit(`${app.url}/graphql?${query}`, {
      'apollo-require-preflight': '1',
      accept: 'text/html,application/json',
    });
    expect([answer.status, answer.headers.get('location')]).toEqual([200, null]);
    expect(answer.body).toContain('login_required');
  });

  it('other sites cannot use the session: queries and mutations are posted', async () => {
    const CROSS = 'FORBIDDEN cross_site_request';
    const foreign: Record<string, string>[] = [
      { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
      {},
    ];
    for (const headers of foreign) {
      expect(outcome(await post(app, '{ me }', headers, session))).toBe(CROSS);
      expect(outcome(await post(app, 'mutation { change }', headers, session))).toBe(CROSS);
      expect(outcome(await post(app, '{ open }', headers, session))).toBeNull();
      const authorization = `Bearer ${await app.token()}`;
      const bearer = await post(app, '{ me }', { ...headers, authorization }, session);
      expect(outcome(bearer)).toBe('did:key:z1');
    }
    const query = new URLSearchParams({ query: 'mutation { change }' });
    const mutation = await app.get(
      `/graphql?${query}`,
      { 'apollo-require-preflight': '1' },
      session,
    );
    expect(mutation.status).toBe(405);
  });

  it('a query by GET reads the session', async () => {
    const query = new URLSearchParams({ query: '{ me }' });
    const answer = await app.get(`/graphql?${query}`, { 'apollo-require-preflight': '1' }, session);
    expect(JSON.parse(answer.body)).toEqual({ data: { me: app.server.sub } });
    expect(answer.headers.get('cache-control')).toContain('no-store');
  });

  it('503 while there are no keys, and public fields go on', async () => {
    const other = await startGraphqlApplication(platform);
    try {
      other.server.script('jwks', { status: 500 });
      const token = await other.token();
      const { errors } = await postWithToken(other, '{ me }', token);
      expect(errors[0]?.extensions).toEqual({
        code: 'INTERNAL_SERVER_ERROR',
        status: 503,
        originalError: expect.objectContaining({ error: 'temporarily_unavailable' }) as unknown,
      });
      expect(outcome(await postWithToken(other, '{ open }', token))).toBeNull();
    } finally {
      await other.close();
    }
  });
});

describe.each(PLATFORMS)('what an application sets up on %s', (platform) => {
  it('the status, where it lets execution errors have one', async () => {
    const graphql = { preserveHttpStatusForExecutionErrors: false };
    const app = await startGraphqlApplication(platform, { graphql });
    try {
      const answer = await post(app, '{ me }');
      expect([answer.status, outcome(answer)]).toEqual([401, 'UNAUTHENTICATED login_required']);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm=/);
      const scope = await postWithToken(app, '{ scope }', app.token({ scope: 'x' }));
      expect([scope.status, outcome(scope)]).toEqual([403, 'FORBIDDEN insufficient_scope']);
    } finally {
      await app.close();
    }
  });

  it('the same errors without autoTransformHttpErrors, and no stack with stacks turned on', async () => {
    const graphql = { autoTransformHttpErrors: false, includeStacktraceInErrorResponses: true };
    const app = await startGraphqlApplication(platform, { graphql });
    try {
      const [error] = (await postWithToken(app, '{ me }', app.token({ aud: 'of-others' }))).errors;
      expect(error?.extensions).toEqual({
        code: 'UNAUTHENTICATED',
        originalError: {
          statusCode: 401,
          error: 'invalid_token',
          message: 'The access token cannot be accepted.',
        },
        stacktrace: [expect.stringContaining('The access token cannot be accepted.')],
      });
      expect(JSON.stringify(error)).not.toMatch(/of-others|audience|\.ts|\.js/);
    } finally {
      await app.close();
    }
  });

  it('guards on fields: each field has its requirements and its user', async () => {
    const graphql = { fieldResolverEnhancers: ['guards' as const] };
    const app = await startGraphqlApplication(platform, { graphql });
    try {
      const query = '{ items(count: 2) { id owner hidden } }';
      const { data, errors } = await postWithToken(app, query, app.token());
      expect(data).toEqual({
        items: [0, 1].map((id) => ({ id, owner: `did:key:z1 ${id}`, hidden: null })),
      });
      expect(errors.map((error) => outcome({ data, errors: [error] }))).toEqual(
        [0, 1].map(() => 'FORBIDDEN insufficient_scope'),
      );
      expect((await post(app, '{ openItem { id owner } }')).errors).toHaveLength(1);
    } finally {
      await app.close();
    }
  });

  it('without guards on fields, they know the user of the field above', async () => {
    const app = await startGraphqlApplication(platform);
    try {
      const query = '{ items(count: 1) { owner } }';
      const { data } = await postWithToken(app, query, app.token());
      expect(data).toEqual({ items: [{ owner: 'did:key:z1 0' }] });
    } finally {
      await app.close();
    }
  });
});
