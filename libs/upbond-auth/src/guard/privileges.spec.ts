import { describe, expect, it } from 'vitest';
import type { Required } from '../decorators/marks.js';
import { listAt, missingPrivilege, scopeValues, suffices } from './privileges.js';

const all = (...values: string[]): Required => ({ values, mode: 'all' });
const any = (...values: string[]): Required => ({ values, mode: 'any' });

describe('suffices', () => {
  it.each<[string[], Required | undefined, boolean]>([
    [[], undefined, true],
    [[], all('a'), false],
    [['a', 'b'], all('a', 'b'), true],
    [['a'], all('a', 'b'), false],
    [['b'], any('a', 'b'), true],
    [['c'], any('a', 'b'), false],
    [['api:reader'], all('api:read'), false],
    [['API:READ'], all('api:read'), false],
    [['*'], all('api:read'), false],
  ])('%j for %j: %s', (held, needed, expected) => {
    expect(suffices(held, needed)).toBe(expected);
  });
});

describe('listAt', () => {
  const names = 'https://app.example.com/roles';
  it.each<[string, unknown, string[], string[]]>([
    ['a claim', { roles: ['a', 'b'] }, ['roles'], ['a', 'b']],
    ['a claim with dots and slashes in its name', { [names]: ['a'] }, [names], ['a']],
    [
      'a claim inside of another',
      { realm_access: { roles: ['a'] } },
      ['realm_access', 'roles'],
      ['a'],
    ],
    ['no claim', {}, ['roles'], []],
    ['a text, which would contain others', { roles: 'superadmin' }, ['roles'], []],
    ['an object', { roles: { 0: 'a', length: 1 } }, ['roles'], []],
    ['texts among others', { roles: ['a', 1, null, ['b']] }, ['roles'], ['a']],
    ['what is inherited', {}, ['constructor', 'name'], []],
    ['null on the way', { a: null }, ['a', 'b'], []],
    ['a text on the way', { a: 'x' }, ['a', 'length'], []],
  ])('%s', (_, user, path, expected) => {
    expect(listAt(user, path)).toEqual(expected);
  });
});

it.each<[unknown, string[]]>([
  [undefined, []],
  ['', []],
  ['a  b ', ['a', 'b']],
  [['a'], []],
  [7, []],
])('scopeValues(%j)', (scope, expected) => {
  expect(scopeValues(scope)).toEqual(expected);
});

describe('missingPrivilege', () => {
  const paths = { rolesClaim: ['roles'], permissionsClaim: ['permissions'] };
  const caller = { user: { roles: ['editor'], permissions: ['p'] }, scopes: ['read'] };
  const nothing = {
    scopes: undefined,
    permissions: undefined,
    roles: undefined,
    claims: undefined,
  };

  it.each<[object, string | undefined]>([
    [{}, undefined],
    [{ scopes: all('read'), roles: all('editor'), permissions: all('p') }, undefined],
    [{ scopes: all('write'), roles: all('admin') }, 'insufficient_scope'],
    [{ roles: all('admin') }, 'insufficient_permissions'],
    [{ permissions: all('q') }, 'insufficient_permissions'],
    [{ scopes: all('read'), permissions: all('p', 'q') }, 'insufficient_permissions'],
    [{ claims: () => true }, undefined],
    [{ claims: () => Promise.resolve(true) }, undefined],
    [{ claims: () => false }, 'insufficient_permissions'],
    [{ claims: () => Promise.resolve(false) }, 'insufficient_permissions'],
    [{ claims: () => 'yes' }, 'insufficient_permissions'],
    [{ claims: () => undefined }, 'insufficient_permissions'],
  ])('%o: %s', async (needed, expected) => {
    expect(await missingPrivilege(caller, { ...nothing, ...needed }, paths)).toBe(expected);
  });
});
