import { describe, expect, it } from 'vitest';
import { carrierOf, fieldCarrier } from './carrier.js';
import { graphqlCall, type GraphqlCall } from './graphql-call.js';

const request = { method: 'POST', headers: {} };

function info(path: object, operation = 'query') {
  return { fieldName: 'field', path, operation: { operation } };
}

function called(type: string, ...args: unknown[]) {
  return carrierOf({ getType: () => type, getArgs: () => args, getHandler: () => carrierOf });
}

describe('graphqlCall', () => {
  const context = { req: request };
  const path = { key: 'field' };

  it.each<[string, unknown[]]>([
    ['a field', [{}, {}, context, info(path)]],
    ['a field with arguments that look like more', [{}, info({}), context, info(path)]],
    ['a reference', [{}, context, info(path)]],
    ['a type', [{}, context, info(path), { name: 'Item' }]],
  ])('reads the context of %s', (_, args) => {
    expect(graphqlCall(args)).toMatchObject({ context, path, request, isSubscription: false });
  });

  it.each<[string, unknown[]]>([
    ['nothing', []],
    ['no info', [{}, {}, context]],
    ['no context', [{}, {}, undefined, info(path)]],
    ['a context that is text', [{}, {}, 'context', info(path)]],
    ['a context without a request', [{}, {}, {}, info(path)]],
    ['info alone', [info(path)]],
  ])('knows nothing of %s', (_, args) => {
    expect(graphqlCall(args)).toBeUndefined();
  });

  it.each<[string, object, boolean]>([
    ['a response of Express or Fastify', { header: () => 1, getHeader: () => 1 }, true],
    ["Node's own response", { getHeader: () => 1, setHeader: () => 1 }, false],
    ['an object', {}, false],
  ])('writes to %s: %s', (_, res, isWritten) => {
    const call = graphqlCall([{}, {}, { req: request, res }, info(path)]);
    expect(call?.response).toBe(isWritten ? res : undefined);
  });
});

describe('the user of a GraphQL field', () => {
  const call = (context: object, path: object, operation?: string) =>
    graphqlCall([{}, {}, context, info(path, operation)]) as GraphqlCall;

  it('is its own, else that of the field above, never that of a field beside it', () => {
    const context = { req: request };
    const [one, other] = [{ key: 'one' }, { key: 'other' }];
    const below = { key: 'id', prev: { key: 0, prev: one } };
    fieldCarrier(call(context, one)).user = 'first';
    fieldCarrier(call(context, other)).user = 'second';
    const userAt = (path: object) => called('graphql', {}, {}, context, info(path))?.user;
    expect([one, other, below].map(userAt)).toEqual(['first', 'second', 'first']);
    expect(userAt({ key: 'unguarded' })).toBeUndefined();
    fieldCarrier(call(context, below));
    expect(userAt(below)).toBeUndefined();
  });

  it('is known to the events of a subscription, and to no other operation', () => {
    const context = { req: request };
    fieldCarrier(call(context, { key: 'tick' }, 'subscription')).user = 'somebody';
    const event = info({ key: 'id', prev: { key: 'tick' } }, 'subscription');
    expect(called('graphql', {}, {}, context, event)?.user).toBe('somebody');
    expect(called('graphql', {}, {}, { req: request }, event)).toBeUndefined();
  });

  it('is not what the application or a client put into the context', () => {
    const context = { req: { ...request, user: 'x' }, user: 'x' };
    expect(called('graphql', {}, {}, context, info({ key: 'field' }))).toBeUndefined();
    expect(called('unknown', context)).toBeUndefined();
  });
});
