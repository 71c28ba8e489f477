import type { default as Provider } from 'oidc-provider';
import type { UpbondEmulatorHabits } from './habits.js';

type Middleware = Parameters<Provider['use']>[0];
type Context = Parameters<Middleware>[0];

/** RFC 9207 is always on in oidc-provider: errors reach the application by the Location header. */
function withoutIssuer(location: string): string {
  if (!URL.canParse(location)) return location; // Our own pages: oidc-provider goes there relatively.
  const url = new URL(location);
  url.searchParams.delete('iss');
  return url.href;
}

function adaptAuthorizationResponse(ctx: Context, habits: UpbondEmulatorHabits): void {
  // The documented answer is 302, oidc-provider's is 303; for a GET they mean the same.
  if (ctx.status === 303 && ctx.method === 'GET') ctx.status = 302;
  const location = ctx.response.get('location');
  if (location && !habits.issInAuthorizationResponse) ctx.set('location', withoutIssuer(location));
}

function adaptJson(ctx: Context, habits: UpbondEmulatorHabits): void {
  const body = ctx.body as Record<string, unknown>;
  if (ctx.path === '/.well-known/openid-configuration' && !habits.issInAuthorizationResponse) {
    delete body['authorization_response_iss_parameter_supported'];
  }
}

/** Applies the habits that oidc-provider has no switch for to its answers. */
export function responseHabits(habits: UpbondEmulatorHabits): Middleware {
  return async (ctx, next) => {
    await next();
    if (ctx.path.startsWith('/authorize')) adaptAuthorizationResponse(ctx, habits);
    else if (ctx.status === 200 && ctx.response.is('json')) adaptJson(ctx, habits);
  };
}
