import { describe, expect, it } from 'vitest';
import { resolveRoutes, type Routing } from './route-paths.js';
import { resolveConfig } from './upbond-auth-config.js';
import type { UpbondAuthOptions } from './upbond-auth-options.js';

interface Given {
  readonly path?: string;
  readonly prefix?: string;
  /** What `setGlobalPrefix` excludes, as `GET /path`. */
  readonly exclude?: readonly string[];
  readonly ignoresTrailingSlash?: boolean;
  readonly options?: UpbondAuthOptions;
}

function resolve({ path = '/auth/callback', prefix = '', exclude = [], ...rest }: Given) {
  const options = {
    clientId: 'app-1',
    clientSecret: 'q2W8e4R6t0Y1u3I5o7P9a-S_dFgHjKlZxCvBnM',
    redirectUri: `https://app.example.com${path}`,
    sessionSecret: 'kY8vX2pQ7rT4mN9bL3cZ6wF1hJ5sD0gA+/uEiOxR',
    ...rest.options,
  };
  const routing: Routing = {
    globalPrefix: prefix,
    isExcluded: (excluded, method) => exclude.includes(`${method} ${excluded}`),
    ignoresTrailingSlash: rest.ignoresTrailingSlash ?? true,
  };
  return resolveRoutes(
    resolveConfig('default', options, () => undefined, true),
    routing,
  );
}

/** `nestPath → publicPath` of each route, or the problem. */
function shortened(given: Given): object {
  const routes = resolve(given);
  if ('problem' in routes) return { problem: routes.problem };
  const entries = Object.entries(routes).map(([name, { nestPath, publicPath }]) => [
    name,
    `${nestPath} → ${publicPath}`,
  ]);
  return Object.fromEntries(entries) as object;
}

describe('resolveRoutes', () => {
  it('leaves everything where it is without a global prefix', () => {
    expect(shortened({})).toEqual({
      login: '/auth/login → /auth/login',
      callback: '/auth/callback → /auth/callback',
      logout: '/auth/logout → /auth/logout',
      backchannelLogout: '/auth/backchannel-logout → /auth/backchannel-logout',
    });
  });

  it('takes the prefix off the callback, which gets it back from Nest', () => {
    expect(shortened({ path: '/api/v1/auth/callback', prefix: 'api/v1' })).toEqual({
      login: '/auth/login → /api/v1/auth/login',
      callback: '/auth/callback → /api/v1/auth/callback',
      logout: '/auth/logout → /api/v1/auth/logout',
      backchannelLogout: '/auth/backchannel-logout → /api/v1/auth/backchannel-logout',
    });
  });

  it('takes the base path off too, which a proxy strips', () => {
    const options = { publicBasePath: '/app' };
    expect(shortened({ path: '/app/api/cb', prefix: 'api', options })).toEqual({
      login: '/auth/login → /app/api/auth/login',
      callback: '/cb → /app/api/cb',
      logout: '/auth/logout → /app/api/auth/logout',
      backchannelLogout: '/auth/backchannel-logout → /app/api/auth/backchannel-logout',
    });
  });

  it('honours exclusions of each route and method', () => {
    const exclude = ['GET /auth/callback', 'GET /auth/login', 'GET /auth/logout'];
    expect(shortened({ prefix: 'api', exclude })).toEqual({
      login: '/auth/login → /auth/login',
      callback: '/auth/callback → /auth/callback',
      logout: '/auth/logout → /api/auth/logout',
      backchannelLogout: '/auth/backchannel-logout → /api/auth/backchannel-logout',
    });
  });

  it.each<[string, Given, string]>([
    ['outside of the prefix', { prefix: 'api' }, 'cannot be served at /auth/callback'],
    ['at the prefix itself', { path: '/api', prefix: 'api' }, 'cannot be served at /api'],
    ['beside the prefix', { path: '/apis/cb', prefix: 'api' }, 'cannot be served at /apis/cb'],
    [
      'below a prefix that excludes it',
      { path: '/api/cb', prefix: 'api', exclude: ['GET /cb'] },
      'cannot be served at /api/cb',
    ],
    [
      'at a slash that the router does not ignore',
      { path: '/auth/callback/', ignoresTrailingSlash: false },
      'cannot be served at /auth/callback/',
    ],
    [
      'at the login route below the prefix',
      { path: '/api/in', prefix: 'api', options: { routes: { login: '/IN' } } },
      'the path of the login route',
    ],
    [
      'at the logout route below the prefix',
      { path: '/api/out/', prefix: 'api', options: { routes: { logout: '/out' } } },
      'the path of the logout route',
    ],
    [
      'when the default page is the login route below the prefix',
      { path: '/api/cb', prefix: 'api', options: { defaultReturnTo: '/api/auth/login#x' } },
      'signing in would never end',
    ],
  ])('refuses a callback %s', (_title, given, problem) => {
    expect(shortened(given)).toEqual({ problem: expect.stringContaining(problem) as string });
  });
});
