import { describe, expect, it } from 'vitest';
import { connectionAuthorization, graphqlConnection } from './graphql-connection.js';

describe('connectionAuthorization', () => {
  it.each<[unknown, readonly string[] | undefined]>([
    [undefined, undefined],
    [null, undefined],
    ['Bearer a', undefined],
    [{}, undefined],
    [{ token: 'a' }, undefined],
    [{ authorization: null }, undefined],
    [{ authorization: undefined }, undefined],
    [{ authorization: 'Bearer a' }, ['Bearer a']],
    [{ AUTHORIZATION: 'Bearer a' }, ['Bearer a']],
    [{ authorization: '' }, ['']],
    [{ authorization: 'Basic a' }, ['Basic a']],
    [{ authorization: 5 }, ['Bearer']],
    [{ authorization: false }, ['Bearer']],
    [{ authorization: ['Bearer a'] }, ['Bearer']],
    [{ authorization: { toString: 'x' } }, ['Bearer']],
    [{ authorization: 'Bearer a', Authorization: 'Bearer b' }, ['Bearer a', 'Bearer b']],
    [JSON.parse('{"__proto__":{"authorization":"Bearer a"}}'), undefined],
    [Object.create({ authorization: 'Bearer a' }), undefined],
  ])('of %j is %j', (params, expected) => {
    expect(connectionAuthorization(params)).toEqual(expected);
  });
});

describe('graphqlConnection', () => {
  const request = { method: 'GET', headers: {} };

  it.each<[unknown, boolean]>([
    [{ extra: { request } }, true],
    [{ extra: { request, socket: {} }, connectionParams: 'anything' }, true],
    [undefined, false],
    ['text', false],
    [{}, false],
    [{ extra: null }, false],
    [{ extra: {} }, false],
    [{ extra: { request: 'GET' } }, false],
    [{ extra: { request: { headers: {} } } }, false],
    [{ extra: { request: { method: 'GET', headers: null } } }, false],
  ])('of %j: %s', (value, isOne) => {
    expect(graphqlConnection(value)).toBe(isOne ? value : undefined);
  });
});
