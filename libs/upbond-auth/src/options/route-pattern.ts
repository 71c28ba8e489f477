/** Parameters, wildcards and groups of a route path, and what none of them is. */
const TOKEN = /[{}]|:[\w$]+|\*[\w$]*|[^{}:*]+/g;
/** Characters that only patterns of older or other routers have. */
const UNREADABLE = /[()[\]?+!\\"]/;

/**
 * Whether a route path such as `/*splat` or `/auth/:step` takes requests for a literal path, as Express
 * matches it: without regard to case or to a slash at the end. A pattern that cannot be read takes
 * nothing.
 */
export function takesPath(pattern: string, path: string): boolean {
  if (UNREADABLE.test(pattern)) return false;
  const source = pattern.replace(TOKEN, sourceOf).replace(/\/$/, '');
  try {
    return new RegExp(`^${source}/?$`, 'i').test(path);
  } catch {
    return false;
  }
}

function sourceOf(token: string): string {
  if (token === '{') return '(?:';
  if (token === '}') return ')?';
  if (token.startsWith(':')) return '[^/]+';
  // A bare star is the spelling of older Nest versions and also matches nothing
  if (token.startsWith('*')) return token === '*' ? '.*' : '.+';
  return token.replace(/[.^$|]/g, '\\$&');
}
