import { afterEach, describe, expect, it } from 'vitest';
import type { ApolloDriverConfig } from '@nestjs/apollo';
import { PLATFORMS } from '../support/application.js';
import type { BearerApplication } from '../bearer/fixture.js';
import { outcome, postWithToken, startGraphqlApplication } from './fixture.js';

type Factory = NonNullable<ApolloDriverConfig['context']>;

const UNSUPPORTED = 'UNAUTHENTICATED unsupported_context';
const USER = 'did:key:z1';

/** What a context factory of the application makes of the request, and what `{ me }` then is. */
const FACTORIES: readonly (readonly [string, (req: object) => unknown, string])[] = [
  ['nothing', () => undefined, USER],
  ['null', () => null, USER],
  ['an object of its own', () => ({ loaders: {} }), USER],
  ['a class', () => new (class Loaders {})(), USER],
  ['the request', (req) => ({ req }), USER],
  ['a response that is none', (req) => ({ req, res: {} }), USER],
  ['a response that is a text', (req) => ({ req, res: 'x' }), USER],
  ['a user of its own', (req) => ({ req, user: { sub: 'another' } }), USER],
  ['a text', () => 'garbage', UNSUPPORTED],
  ['a number', () => 5, UNSUPPORTED],
  ['a request without members', () => ({ req: {} }), UNSUPPORTED],
  ['a request that is a list', () => ({ req: [] }), UNSUPPORTED],
  ['a request without headers', () => ({ req: { method: 'GET', headers: null } }), UNSUPPORTED],
  ['a connection without a request', () => ({ req: { extra: {} } }), UNSUPPORTED],
  ['a connection that is garbage', () => ({ req: { extra: { request: 5 } } }), UNSUPPORTED],
  ['an own request that says nothing', () => ({ req: { method: 'GET', headers: {} } }), 'none'],
];

describe.each(PLATFORMS)('a context factory on %s', (platform) => {
  let app: BearerApplication;

  afterEach(() => app.close());

  it.each(FACTORIES)('that returns %s', async (_, make, expected) => {
    const context: Factory = (given: { req?: object }) => make(given.req ?? given) as object;
    app = await startGraphqlApplication(platform, { graphql: { context } });
    const answer = await postWithToken(app, '{ me }', app.token());
    expect(answer.status).toBe(200);
    const missing = 'UNAUTHENTICATED login_required';
    expect(outcome(answer)).toBe(expected === 'none' ? missing : expected);
    const open = outcome(await postWithToken(app, '{ open }', app.token()));
    expect(open).toBe(expected === 'none' ? null : expected);
  });

  it('that is an object shared by all requests', async () => {
    app = await startGraphqlApplication(platform, { graphql: { context: { loaders: {} } } });
    expect(outcome(await postWithToken(app, '{ me }', app.token()))).toBe(USER);
    expect(outcome(await postWithToken(app, '{ open }', 'bad'))).toBeNull();
  });
});
