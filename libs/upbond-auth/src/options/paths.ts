import { DEFAULTS } from './defaults.js';
import { DEFAULT_INSTANCE } from './instance-names.js';
import type { OptionPath } from './environment.js';
import type { Settings } from './settings.js';
import { text } from './values.js';

const MAX_RETURN_TO = 2000;

/**
 * Whether routers take a path literally: unreserved characters only, no empty or dot segments.
 * @see RFC 3986 §2.3
 */
export function isLiteralPath(path: string): boolean {
  return /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._~-]+)+\/?$/.test(path);
}

/** Paths as a router compares them: Express ignores case and a slash at the end. */
export function isSameRoute(one: string, other: string): boolean {
  const comparable = (path: string) => path.toLowerCase().replace(/\/$/, '');
  return comparable(one) === comparable(other);
}

/** The routes besides the callback, whose path comes from the redirect URI. */
export function routes(settings: Settings, name: string) {
  const path = (option: OptionPath, end: string) => routePath(settings, option, base(name) + end);
  const login = path('routes.login', DEFAULTS.loginPath);
  const logout = path('routes.logout', DEFAULTS.logoutPath);
  const backchannelLogout = path('routes.backchannelLogout', DEFAULTS.backchannelLogoutPath);
  const metadata = metadataPath(settings, name);
  refuseSameRoute(settings, 'routes.logout', logout, [login]);
  refuseSameRoute(settings, 'routes.backchannelLogout', backchannelLogout, [login, logout]);
  const others = [login, logout, backchannelLogout];
  refuseSameRoute(settings, 'routes.protectedResourceMetadata', metadata, others);
  return { login, logout, backchannelLogout, protectedResourceMetadata: metadata };
}

/** RFC 9728 §3; the document of an instance with a name is below the one of the application. */
function metadataPath(settings: Settings, name: string): string | undefined {
  const option = 'routes.protectedResourceMetadata';
  const value = settings.value(option);
  const isOff = value === false || (settings.isFromEnvironment(option) && value === 'false');
  if (isOff) return undefined;
  const end = base(name).slice('/auth'.length);
  return routePath(settings, option, DEFAULTS.protectedResourceMetadataPath + end);
}

/** Instances do not share routes: those of `admin` are below /auth/admin. */
function base(name: string): string {
  const segment = name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return name === DEFAULT_INSTANCE ? '/auth' : `/auth/${segment}`;
}

function refuseSameRoute(
  settings: Settings,
  option: OptionPath,
  path: string | undefined,
  taken: readonly (string | undefined)[],
): void {
  if (!path || !taken.some((other) => other && isSameRoute(path, other))) return;
  settings.refuse(option, `is ${path}, the path of another route.`, 'choose a path of its own.');
}

function routePath(settings: Settings, option: OptionPath, otherwise: string) {
  return settings.value(option) === undefined
    ? otherwise
    : literalPath(settings, option, otherwise);
}

/** The prefix that a proxy strips; empty when there is none. */
export function publicBasePath(settings: Settings): string | undefined {
  const value = settings.value('publicBasePath');
  if (value === undefined || value === '' || value === '/') return '';
  return literalPath(settings, 'publicBasePath', '/app');
}

function literalPath(settings: Settings, option: OptionPath, example: string) {
  const value = text(settings, option);
  if (value === undefined || isLiteralPath(value)) return value?.replace(/\/$/, '');
  return settings.refuse(
    option,
    'is not a plain path: it must start with one slash and hold only letters, digits and - . _ ~ between slashes (no parameters, no query).',
    `write it like ${example}.`,
  );
}

/** The local page after a login that asked for none. `authorize` checks paths from browsers. */
export function defaultReturnTo(settings: Settings, basePath: string): string | undefined {
  const value = text(settings, 'defaultReturnTo') ?? `${basePath}/`;
  if (/^\/(?!\/)[\x21-\x5b\x5d-\x7e]*$/.test(value) && value.length < MAX_RETURN_TO) return value;
  return settings.refuse(
    'defaultReturnTo',
    'is not a path on this application.',
    'write a path that starts with one slash, such as /home; percent-encode spaces and non-ASCII letters.',
  );
}

/** Refuses a default page that would start or end a session when it is shown. */
export function refuseReturnToRoutes(
  settings: Settings,
  returnTo: string | undefined,
  taken: readonly (string | undefined)[],
): void {
  const page = returnTo?.replace(/[?#].*$/, '');
  if (page === undefined || !taken.some((path) => path && isSameRoute(path, page))) return;
  settings.refuse(
    'defaultReturnTo',
    `is ${page}, a route of the login itself: signing in would never end.`,
    'choose a page of your application, such as /.',
  );
}
