import { randomUUID } from 'node:crypto';
import { isRecord } from '../options/settings.js';
import type { JsonValue, UpbondClaims } from '../options/upbond-auth-options.js';

/** Somebody who asks in a test, for `asUser` of the kit. */
export interface TestingIdentity {
  /** Subject of the tokens and the session. */
  readonly sub: string;
  /**
   * What `@Scopes()` finds.
   * @default []
   */
  readonly scopes?: readonly string[];
  /**
   * What `@Permissions()` finds: they are put where the option `permissionsClaim` says.
   * @default none
   */
  readonly permissions?: readonly string[];
  /**
   * What `@Roles()` finds: they are put where the option `rolesClaim` says.
   * @default none
   */
  readonly roles?: readonly string[];
  /**
   * Further claims, such as `email`, `acr` or `auth_time`. They replace the usual ones.
   * @default {}
   */
  readonly claims?: Readonly<Record<string, JsonValue>>;
}

/** Of which instance the claims speak. */
export interface TestingClient {
  readonly issuer: string;
  readonly clientId: string;
  readonly rolesClaim: readonly string[];
  readonly permissionsClaim: readonly string[];
}

/** When a token is good. */
export type Timing = 'good' | 'expired' | 'not yet valid';

type Claims = Readonly<Record<string, unknown>>;

/** Far beyond any leeway. */
const HOUR = 3600;

/** Claims of an access token, in Login 3.0's own profile. */
export function accessTokenClaims(
  identity: TestingIdentity,
  client: TestingClient,
  audience: string,
  times: Claims,
): Claims {
  const { scopes = [] } = identity;
  return {
    iss: client.issuer,
    aud: audience,
    azp: client.clientId,
    jti: randomUUID(),
    ...times,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    ...aboutThePerson(identity, client),
  };
}

/** Claims of an ID token (OpenID Connect Core §2). */
export function idTokenClaims(
  identity: TestingIdentity,
  client: TestingClient,
  audience: string,
  times: Claims,
): UpbondClaims {
  const { issuer: iss } = client;
  const claims = { iss, aud: audience, nonce: randomUUID(), ...times };
  return { ...claims, ...aboutThePerson(identity, client) } as unknown as UpbondClaims;
}

/** `iat`, `exp` and, where it matters, `nbf`, around a time in seconds since the epoch. */
export function timesOf(timing: Timing, now: number) {
  const iat = Math.floor(now) - (timing === 'expired' ? 2 * HOUR : 0);
  if (timing === 'not yet valid') return { iat, nbf: iat + HOUR, exp: iat + 2 * HOUR };
  return { iat, exp: iat + HOUR };
}

function aboutThePerson(
  { sub, roles, permissions, claims = {} }: TestingIdentity,
  { rolesClaim, permissionsClaim }: TestingClient,
): Claims {
  let about: Claims = { sub };
  if (roles) about = withValueAt(about, rolesClaim, roles);
  if (permissions) about = withValueAt(about, permissionsClaim, permissions);
  return { ...about, ...claims };
}

function withValueAt(claims: Claims, path: readonly string[], value: unknown): Claims {
  const [name = '', ...rest] = path;
  if (rest.length === 0) return { ...claims, [name]: value };
  const inner = claims[name];
  return { ...claims, [name]: withValueAt(isRecord(inner) ? inner : {}, rest, value) };
}
