import type { ConfigProblem } from '../errors/upbond-config-error.js';
import { isSameRoute } from './paths.js';
import { resourceIdentifier } from './protected-resource.js';
import type { UpbondAuthConfig } from './upbond-auth-config.js';

/** How the application and its platform change the paths of routes. */
export interface Routing {
  /** What `app.setGlobalPrefix()` was given, without slashes at its ends; empty when there is none. */
  readonly globalPrefix: string;
  /** Whether `setGlobalPrefix(…, { exclude })` names this path for this method. */
  readonly isExcluded: (path: string, method: 'GET' | 'POST') => boolean;
  /** Whether `/callback/` finds the route `/callback`. */
  readonly ignoresTrailingSlash: boolean;
}

/** A route as Nest registers it, and as a browser asks for it. */
export interface Route {
  readonly nestPath: string;
  readonly publicPath: string;
}

/** Where everything is served. */
export interface Routes {
  readonly login: Route;
  readonly callback: Route;
  readonly logout: Route;
  readonly backchannelLogout: Route;
  /** Only where there is something to publish (RFC 9728 §3). */
  readonly protectedResourceMetadata?: Route;
}

/**
 * Works out where the routes are. Login and logout follow the global prefix as every route does; the
 * callback has to end up at the path of the redirect URI, so the prefix is taken off again. Answers a
 * problem when no route of this application can be at that path.
 */
export function resolveRoutes(config: UpbondAuthConfig, routing: Routing): Routes | ConfigProblem {
  const { publicBasePath, routes } = config;
  const callback = callbackRoute(config, routing);
  if ('problem' in callback) return callback;
  const follow = (nestPath: string, method: 'GET' | 'POST'): Route => {
    const prefix = routing.isExcluded(nestPath, method) ? '' : prefixOf(routing);
    return { nestPath, publicPath: publicBasePath + prefix + nestPath };
  };
  const login = follow(routes.login, 'GET');
  const logout = follow(routes.logout, 'POST');
  const backchannelLogout = follow(routes.backchannelLogout, 'POST');
  const metadata = resourceIdentifier(config) ? routes.protectedResourceMetadata : undefined;
  const all = {
    login,
    callback,
    logout,
    backchannelLogout,
    ...(metadata && { protectedResourceMetadata: follow(metadata, 'GET') }),
  };
  return collision(config, all) ?? all;
}

function callbackRoute(config: UpbondAuthConfig, routing: Routing): Route | ConfigProblem {
  const publicPath = new URL(config.redirectUri).pathname;
  const servedPath = publicPath.slice(config.publicBasePath.length);
  if (servedPath.endsWith('/') && !routing.ignoresTrailingSlash) {
    return unservedSlash(config, publicPath);
  }
  const prefix = prefixOf(routing);
  if (prefix === '' || routing.isExcluded(servedPath, 'GET')) {
    return { nestPath: servedPath, publicPath };
  }
  const nestPath = servedPath.slice(prefix.length);
  if (!servedPath.startsWith(`${prefix}/`) || routing.isExcluded(nestPath, 'GET')) {
    return outsideOfPrefix(config, routing.globalPrefix, servedPath);
  }
  return { nestPath, publicPath };
}

function prefixOf({ globalPrefix }: Routing): string {
  return globalPrefix === '' ? '' : `/${globalPrefix}`;
}

function redirectUriProblem(
  { variablePrefix }: UpbondAuthConfig,
  problem: string,
  fix: string,
): ConfigProblem {
  return { variable: `${variablePrefix}REDIRECT_URI`, option: 'redirectUri', problem, fix };
}

function outsideOfPrefix(
  config: UpbondAuthConfig,
  globalPrefix: string,
  servedPath: string,
): ConfigProblem {
  return redirectUriProblem(
    config,
    `the callback cannot be served at ${servedPath}, because setGlobalPrefix('${globalPrefix}') puts every route below /${globalPrefix}.`,
    `register and configure a redirect URI with the path ${config.publicBasePath}/${globalPrefix}${servedPath}, or exclude the callback: setGlobalPrefix('${globalPrefix}', { exclude: ['${servedPath.slice(1)}'] }).`,
  );
}

function unservedSlash(config: UpbondAuthConfig, publicPath: string): ConfigProblem {
  return redirectUriProblem(
    config,
    `the callback cannot be served at ${publicPath}, because the router of this application never serves a path that ends in a slash.`,
    `register and configure a redirect URI with the path ${publicPath.replace(/\/$/, '')}, or let the router ignore the slash: new FastifyAdapter({ routerOptions: { ignoreTrailingSlash: true } }).`,
  );
}

/** Paths that differ in the configuration can be the same below a global prefix. */
function collision(config: UpbondAuthConfig, routes: Routes): ConfigProblem | undefined {
  const { callback } = routes;
  const other = (['login', 'logout', 'protectedResourceMetadata'] as const).find((name) =>
    isSameRoute(routes[name]?.publicPath ?? '', callback.publicPath),
  );
  if (other) {
    return redirectUriProblem(
      config,
      `has the path ${callback.publicPath}, which is the path of the ${other} route below the global prefix.`,
      'give the callback a path of its own, or set another path with the option routes.',
    );
  }
  return returnToProblem(config, routes);
}

function returnToProblem(
  { defaultReturnTo, variablePrefix }: UpbondAuthConfig,
  routes: Routes,
): ConfigProblem | undefined {
  const page = defaultReturnTo.replace(/[?#].*$/, '');
  if (!Object.values<Route>({ ...routes }).some((route) => isSameRoute(route.publicPath, page))) {
    return undefined;
  }
  return {
    variable: `${variablePrefix}DEFAULT_RETURN_TO`,
    option: 'defaultReturnTo',
    problem: `is ${page}, a route of the login itself: signing in would never end.`,
    fix: 'choose a page of your application, such as /.',
  };
}
