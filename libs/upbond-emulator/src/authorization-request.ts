import { replaceAudience } from './audience.js';
import type { UpbondEmulatorHabits } from './habits.js';

/** What the service grants when the application names no scope. */
const defaultScope = 'openid profile email';

/** Parameters that oidc-provider refuses without `openid`, where Login 3.0 ignores them. */
const openidOnly = ['nonce', 'acr_values', 'claims'];

/** Asks oidc-provider for `sid` in the ID token (OpenID Connect Core 5.5). */
function withSessionId(claims: string | null): string {
  try {
    const asked = JSON.parse(claims ?? '{}') as { id_token?: object };
    return JSON.stringify({ ...asked, id_token: { ...asked.id_token, sid: null } });
  } catch {
    return claims ?? '';
  }
}

/** Turns an authorization request of Login 3.0 into one that oidc-provider accepts. */
export function adaptAuthorizationRequest(
  query: URLSearchParams,
  habits: UpbondEmulatorHabits,
): URLSearchParams {
  const adapted = new URLSearchParams(query);
  replaceAudience(adapted);
  if (!adapted.get('scope')) adapted.set('scope', defaultScope);
  if (!habits.nonce) adapted.delete('nonce');
  if (!adapted.get('scope')?.split(' ').includes('openid')) {
    for (const name of openidOnly) adapted.delete(name);
  } else if (habits.sid) {
    adapted.set('claims', withSessionId(adapted.get('claims')));
  }
  return adapted;
}
