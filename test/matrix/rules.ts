/** What decides about a cell, written down by hand: docs/guard.md and docs/sockets.md in short. */

/** Whose cookies count: of requests from anywhere, of our own pages alone, or of nobody. */
interface Transport {
  readonly cookies: 'from anywhere' | 'from our pages' | 'none';
  /** Who connects is found out before anybody knows which message comes. */
  readonly asksAtConnection?: true;
}

export const TRANSPORTS = {
  'HTTP GET': { cookies: 'from anywhere' },
  'HTTP POST': { cookies: 'from our pages' },
  SSE: { cookies: 'from anywhere' },
  'GraphQL query': { cookies: 'from our pages' },
  'GraphQL mutation': { cookies: 'from our pages' },
  'GraphQL field': { cookies: 'from our pages' },
  'GraphQL subscription': { cookies: 'from our pages' },
  'ws gateway': { cookies: 'from our pages' },
  'ws message': { cookies: 'from our pages', asksAtConnection: true },
  'socket.io gateway': { cookies: 'from our pages' },
  'socket.io message': { cookies: 'from our pages', asksAtConnection: true },
  TCP: { cookies: 'none' },
  Redis: { cookies: 'none' },
} as const satisfies Record<string, Transport>;

/** What somebody proves: everything that is asked for, all but the scope, or no more than who it is. */
type Power = 'everything' | 'no scope' | 'nothing';

interface Credential {
  readonly session?: Power;
  readonly isForeign?: true;
  /** Of a token that is not accepted: why not. */
  readonly token?: Power | 'invalid_token' | 'invalid_request';
}

export const CREDENTIALS = {
  nothing: {},
  session: { session: 'everything' },
  'bare session': { session: 'nothing' },
  'expired session': {},
  'session, from a foreign origin': { session: 'everything', isForeign: true },
  token: { token: 'everything' },
  'token without scope': { token: 'no scope' },
  'bare token': { token: 'nothing' },
  'expired token': { token: 'invalid_token' },
  'token for another audience': { token: 'invalid_token' },
  'tampered token': { token: 'invalid_token' },
  'ID token': { token: 'invalid_token' },
  'malformed token': { token: 'invalid_request' },
  'session and bad token': { session: 'everything', token: 'invalid_token' },
} as const satisfies Record<string, Credential>;

/** The code for whom a decorator keeps out, and what it accepts. */
interface Decorator {
  readonly missing?: string;
  readonly isAboutScopes?: true;
  readonly accepts?: 'session' | 'token';
  readonly isPublic?: true;
}

export const DECORATORS = {
  guarded: {},
  open: { isPublic: true },
  scope: { missing: 'insufficient_scope', isAboutScopes: true },
  anyScope: { missing: 'insufficient_scope', isAboutScopes: true },
  permission: { missing: 'insufficient_permissions' },
  role: { missing: 'insufficient_permissions' },
  claims: { missing: 'insufficient_permissions' },
  session: { accepts: 'session' },
  bearer: { accepts: 'token' },
  stepUp: { missing: 'insufficient_user_authentication' },
} as const satisfies Record<string, Decorator>;

export type TransportName = keyof typeof TRANSPORTS;
export type CredentialName = keyof typeof CREDENTIALS;
export type DecoratorName = keyof typeof DECORATORS;

interface Caller {
  readonly by: 'session' | 'token';
  readonly power: Power;
}

/** What a cell has to come to: who is answered, or the code of the refusal. */
export function expected(on: TransportName, by: CredentialName, at: DecoratorName): string {
  const transport: Transport = TRANSPORTS[on];
  const decorator: Decorator = DECORATORS[at];
  const accepts = transport.asksAtConnection ? undefined : decorator.accepts;
  const caller = callerOf(transport, CREDENTIALS[by], accepts);
  if (decorator.isPublic) return `answered ${typeof caller === 'object' ? caller.by : 'nobody'}`;
  if (typeof caller === 'string') return caller;
  if (decorator.accepts && decorator.accepts !== caller.by) return 'login_required';
  const { power, by: proof } = caller;
  const isMissing = power === 'nothing' || (power === 'no scope' && decorator.isAboutScopes);
  return isMissing && decorator.missing ? decorator.missing : `answered ${proof}`;
}

/** A token decides where there is one; what is not accepted here is not looked at. */
function callerOf(
  { cookies }: Transport,
  { session, isForeign, token }: Credential,
  accepts: Decorator['accepts'],
): Caller | string {
  if (token) {
    if (accepts === 'session') return 'login_required';
    return isPower(token) ? { by: 'token', power: token } : token;
  }
  if (!session || accepts === 'token' || cookies === 'none') return 'login_required';
  if (isForeign && cookies === 'from our pages') return 'cross_site_request';
  return { by: 'session', power: session };
}

function isPower(token: NonNullable<Credential['token']>): token is Power {
  return token === 'everything' || token === 'no scope' || token === 'nothing';
}
