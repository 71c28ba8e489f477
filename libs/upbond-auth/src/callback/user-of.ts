import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type {
  JsonObject,
  UpbondAuthOptions,
  UpbondClaims,
} from '../options/upbond-auth-options.js';
import type { TokenSet } from '../tokens/token-set.js';
import { toUser } from './user.js';

/**
 * What the session of a login keeps of its user: what `onLogin` says, or the claims about the person.
 *
 * @throws UpbondAuthException `login_refused` or `on_login_invalid`
 */
export async function userOf(
  { claims, tokenSet }: { readonly claims: UpbondClaims; readonly tokenSet: TokenSet },
  onLogin: UpbondAuthOptions['onLogin'],
): Promise<JsonObject> {
  if (!onLogin) return toUser(claims);
  const user: unknown = await onLogin(claims, tokenSet);
  if (user === false) throw new UpbondAuthException('login_refused');
  if (typeof user === 'object' && user !== null && !Array.isArray(user)) return user as JsonObject;
  throw new UpbondAuthException('on_login_invalid', {
    detail: 'onLogin must return the object to keep in the session, or false',
  });
}
