import type { ConfigProblem } from '../errors/upbond-config-error.js';
import type { UpbondAuthConfig } from './upbond-auth-config.js';

/** How the application changes the paths of its routes. */
export interface RoutePrefix {
  /** What `app.setGlobalPrefix()` was given, without slashes at its ends; empty when there is none. */
  readonly globalPrefix: string;
  /** Whether `setGlobalPrefix(…, { exclude })` names this path for this method. */
  readonly isExcluded: (path: string, method: 'GET' | 'POST') => boolean;
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
}

/**
 * Works out where the routes are. Login and logout follow the global prefix as every route does; the
 * callback has to end up at the path of the redirect URI, so the prefix is taken off again. Answers a
 * problem when no route of this application can be at that path.
 */
export function resolveRoutes(
  config: UpbondAuthConfig,
  { globalPrefix, isExcluded }: RoutePrefix,
): Routes | ConfigProblem {
  const prefix = globalPrefix === '' ? '' : `/${globalPrefix}`;
  const follow = (nestPath: string, method: 'GET' | 'POST'): Route => ({
    nestPath,
    publicPath: config.publicBasePath + (isExcluded(nestPath, method) ? '' : prefix) + nestPath,
  });
  const publicPath = new URL(config.redirectUri).pathname;
  const servedPath = publicPath.slice(config.publicBasePath.length);
  const login = follow(config.routes.login, 'GET');
  const logout = follow(config.routes.logout, 'POST');
  if (prefix === '' || isExcluded(servedPath, 'GET')) {
    return { login, logout, callback: { nestPath: servedPath, publicPath } };
  }
  const nestPath = servedPath.slice(prefix.length);
  if (!servedPath.startsWith(`${prefix}/`) || isExcluded(nestPath, 'GET')) {
    return outsideOfPrefix(config, globalPrefix, servedPath);
  }
  return { login, logout, callback: { nestPath, publicPath } };
}

function outsideOfPrefix(
  { variablePrefix }: UpbondAuthConfig,
  globalPrefix: string,
  servedPath: string,
): ConfigProblem {
  return {
    variable: `${variablePrefix}REDIRECT_URI`,
    option: 'redirectUri',
    problem: `the callback cannot be served at ${servedPath}, because setGlobalPrefix('${globalPrefix}') puts every route below /${globalPrefix}`,
    fix: `register and configure a redirect URI with the path /${globalPrefix}${servedPath}, or exclude the callback: setGlobalPrefix('${globalPrefix}', { exclude: ['${servedPath.slice(1)}'] })`,
  };
}
