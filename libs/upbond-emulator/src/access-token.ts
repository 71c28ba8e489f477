import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose';
import type { JSONWebKeySet } from 'jose';
import { createHmac, randomBytes } from 'node:crypto';
import type { AccessToken, Configuration, JWTStructured, default as Provider } from 'oidc-provider';
import type { UpbondEmulatorHabits } from './habits.js';

/**
 * oidc-provider does not remember JWT access tokens: userinfo and revocation refuse them. So each one
 * gets a remembered opaque twin of the same grant, and these two endpoints are asked about the twin.
 */
export class AccessTokenTwins {
  readonly #secret = randomBytes(32);

  /** Nobody who holds a JWT can name its twin: a bare `jti` is no credential. */
  #idOf(jti: string): string {
    return createHmac('sha256', this.#secret).update(jti).digest('base64url');
  }

  async remember(provider: Provider, token: AccessToken): Promise<void> {
    const { client, accountId, grantId, gty, sessionUid, sid, scope, claims } = token;
    if (client === undefined || accountId === undefined) return;
    const twin = new provider.AccessToken({
      client,
      accountId,
      scope: scope ?? '',
      sessionUid,
      sid,
      claims,
      grantId: grantId ?? '',
      gty: gty ?? '',
      expiresIn: token.expiration,
    } as ConstructorParameters<typeof provider.AccessToken>[0]);
    // A token with an identifier of its own has to say its format too.
    Object.assign(twin, { jti: this.#idOf(token.jti), format: 'opaque' });
    await twin.save();
  }

  /** The twin of a genuine JWT access token; anything else is returned as it is. */
  async twinOf(value: string, jwks: JSONWebKeySet): Promise<string> {
    try {
      if (typeof decodeJwt(value).jti !== 'string') return value;
      const { payload } = await jwtVerify(value, createLocalJWKSet(jwks));
      return this.#idOf(payload.jti ?? '');
    } catch {
      return value;
    }
  }
}

type JwtCustomizer = NonNullable<
  NonNullable<NonNullable<Configuration['formats']>['customizers']>['jwt']
>;

export function accessTokenCustomizer(
  twins: AccessTokenTwins,
  habits: UpbondEmulatorHabits,
): JwtCustomizer {
  return async (ctx, token, parts: JWTStructured) => {
    if (habits.accessTokenProfile === 'login-3.0') parts.header = { typ: 'JWT' };
    if (token.kind === 'AccessToken') await twins.remember(ctx.oidc.provider, token as AccessToken);
  };
}
