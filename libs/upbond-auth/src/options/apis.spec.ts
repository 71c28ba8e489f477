import { describe, expect, it } from 'vitest';
import { UpbondConfigError } from '../errors/upbond-config-error.js';
import { resolveConfig, type UpbondAuthConfig } from './upbond-auth-config.js';
import type { UpbondAuthOptions } from './upbond-auth-options.js';

const GOOD = {
  clientId: 'app-1',
  clientSecret: 'q2W8e4R6t0Y1u3I5o7P9a-S_dFgHjKlZxCvBnM',
  redirectUri: 'https://app.example.com/auth/callback',
  sessionSecret: 'kY8vX2pQ7rT4mN9bL3cZ6wF1hJ5sD0gA+/uEiOxR',
};
const ORIGIN = 'https://orders.example.com';

function resolve(options: object): UpbondAuthConfig {
  const given = { ...GOOD, ...options } as UpbondAuthOptions;
  return resolveConfig('default', given, () => undefined, true);
}

function refused(options: object): string[] {
  try {
    resolve(options);
  } catch (error) {
    if (!(error instanceof UpbondConfigError)) throw error;
    return error.problems.map(({ option, problem }) => `${option} ${problem}`);
  }
  return [];
}

describe('apis', () => {
  it.each<[string, object, object]>([
    ['nothing configured', {}, { apis: [], audiences: [] }],
    [
      'an origin for the audience of the login',
      { apis: [{ origin: ORIGIN }] },
      { apis: [{ origin: ORIGIN, audience: undefined, scope: [] }], audiences: [] },
    ],
    [
      'an audience of its own, and a scope in any spelling',
      { apis: [{ origin: ORIGIN, audience: 'orders', scope: ['b', ' a '] }] },
      { apis: [{ origin: ORIGIN, audience: 'orders', scope: ['a', 'b'] }], audiences: ['orders'] },
    ],
    [
      'audiences besides',
      { audiences: ['bills', 'orders'], apis: [{ origin: ORIGIN, audience: 'orders' }] },
      { audiences: ['bills', 'orders'] },
    ],
    [
      'a service on this machine',
      { apis: [{ origin: 'http://127.0.0.1:3000' }] },
      { apis: [{ origin: 'http://127.0.0.1:3000' }] },
    ],
  ])('%s', (_, options, expected) => {
    expect(resolve(options)).toMatchObject(expected);
  });

  it.each<[string, unknown, RegExp]>([
    ['no list', { origin: ORIGIN }, /^apis must be a list/],
    ['texts', [ORIGIN], /^apis must be a list/],
    ['no origin', [{ audience: 'orders' }], /^apis must be a list/],
    ['an empty audience', [{ origin: ORIGIN, audience: '' }], /^apis must be a list/],
    ['an unknown member', [{ origin: ORIGIN, scopes: 'a' }], /^apis must be a list/],
    ['a scope that is no text', [{ origin: ORIGIN, scope: [1] }], /^apis must be a list/],
    ['a path', [{ origin: `${ORIGIN}/v1` }], /^apis has an origin with something behind/],
    ['a slash at the end', [{ origin: `${ORIGIN}/` }], /^apis has an origin with something behind/],
    ['the usual port', [{ origin: `${ORIGIN}:443` }], /^apis has an origin with something behind/],
    ['capitals', [{ origin: 'https://Orders.example.com' }], /^apis has an origin with something/],
    ['http elsewhere', [{ origin: 'http://orders.example.com' }], /^apis uses http for/],
    ['a password', [{ origin: 'https://a:b@orders.example.com' }], /^apis contains a user name/],
    ['no URL', [{ origin: 'orders' }], /^apis is not an absolute URL/],
    ['an origin twice', [{ origin: ORIGIN }, { origin: ORIGIN, audience: 'a' }], /^apis names an/],
  ])('refuse %s', (_, apis, problem) => {
    expect(refused({ apis })).toEqual([expect.stringMatching(problem)]);
  });
});
