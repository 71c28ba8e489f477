import { isLiteralPath, isSameRoute } from './paths.js';
import type { Settings } from './settings.js';
import { checkUrl, httpUrl } from './urls.js';
import { requiredText } from './values.js';

const EXAMPLE = 'https://app.example.com/auth/callback';

/** What the authorization response adds (RFC 6749 §4.1.2, RFC 9207 §2). */
const RESPONSE_PARAMETERS = ['code', 'state', 'error', 'error_description', 'error_uri', 'iss'];

/** What the rules for the redirect URI depend on. */
export interface RedirectUriContext {
  readonly allowInsecureHttp: boolean;
  /** `undefined` when it was refused itself. */
  readonly basePath: string | undefined;
  /** Public paths of the other routes. */
  readonly takenPaths: readonly (string | undefined)[];
}

type Mistake = readonly [problem: string, fix: string];

/**
 * The redirect URI, byte for byte: the authorization server compares it as a string.
 * @see RFC 6749 §3.1.2, RFC 9700 §4.1.3
 */
export function redirectUri(settings: Settings, context: RedirectUriContext): string | undefined {
  const value = requiredText(
    settings,
    'redirectUri',
    `set it to the callback URL that is registered at Login 3.0, such as ${EXAMPLE}.`,
  );
  const rules = { allowInsecureHttp: context.allowInsecureHttp, example: EXAMPLE };
  const url = value === undefined ? undefined : checkUrl(settings, 'redirectUri', value, rules);
  if (value === undefined || url === undefined) return undefined;
  const mistake =
    pathMistake(url, context) ?? spellingMistake(value, url) ?? queryMistake(url.searchParams);
  return mistake ? settings.refuse('redirectUri', ...mistake) : value;
}

function pathMistake(url: URL, { basePath, takenPaths }: RedirectUriContext): Mistake | undefined {
  const path = url.pathname;
  if (path === '/') {
    return ['has no path: the callback needs one of its own.', `write it like ${EXAMPLE}.`];
  }
  if (!isLiteralPath(path)) {
    return [
      'has a path that cannot be served literally: only letters, digits and - . _ ~ between single slashes can.',
      `register and configure a plainer path, such as ${EXAMPLE}.`,
    ];
  }
  if (basePath && !path.startsWith(`${basePath}/`)) {
    return [
      `has the path ${path}, which is not below publicBasePath (${basePath}).`,
      `write the path as the browser sees it, such as ${basePath}/auth/callback, or correct publicBasePath.`,
    ];
  }
  if (takenPaths.some((taken) => taken && isSameRoute(taken, path))) {
    return [
      `has the path ${path}, which is another route of the login already.`,
      'give the callback a path of its own, such as /auth/callback.',
    ];
  }
  return undefined;
}

function spellingMistake(value: string, url: URL): Mistake | undefined {
  if (url.href === value) return undefined;
  return [
    'is not spelled the way browsers spell it (capital letters in the host, a default port, dots in the path …), but it must match the registered one exactly.',
    `use ${url.href}, here and in the registration.`,
  ];
}

function queryMistake(query: URLSearchParams): Mistake | undefined {
  const name = RESPONSE_PARAMETERS.find((parameter) => query.has(parameter));
  if (name === undefined) return undefined;
  return [
    `contains the query parameter ${name}, which Login 3.0 adds itself.`,
    `remove ${name} from it.`,
  ];
}

/** Where the browser goes after the logout; by default the start page of the application. */
export function postLogoutRedirectUri(
  settings: Settings,
  redirect: string | undefined,
  { allowInsecureHttp, basePath }: RedirectUriContext,
): string | undefined {
  if (settings.value('postLogoutRedirectUri') === undefined) {
    return redirect && `${new URL(redirect).origin}${basePath ?? ''}/`;
  }
  const rules = { allowInsecureHttp, example: new URL('/', EXAMPLE).href };
  return httpUrl(settings, 'postLogoutRedirectUri', rules);
}
