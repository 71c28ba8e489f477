import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { UpbondEmulatorHabits } from './habits.js';

/** RFC 8707 wants a URI where Login 3.0 takes any text, so audiences travel inside as URNs. */
const prefix = 'urn:upbond-emulator:audience:';

export function resourceOf(audience: string): string {
  return `${prefix}${Buffer.from(audience).toString('base64url')}`;
}

export function audienceOf(resource: string): string {
  if (!resource.startsWith(prefix)) return resource;
  return Buffer.from(resource.slice(prefix.length), 'base64url').toString();
}

/** Replaces Login 3.0's `audience` (and a plain `resource`) by resource indicators. */
export function replaceAudience(parameters: URLSearchParams): void {
  const audiences = [...parameters.getAll('audience'), ...parameters.getAll('resource')].filter(
    Boolean,
  );
  parameters.delete('audience');
  parameters.delete('resource');
  for (const audience of new Set(audiences)) parameters.append('resource', resourceOf(audience));
}

/** Every scope the request or the token it presents speaks of: an API of the emulator knows them all. */
function scopeInPlay({ oidc }: KoaContextWithOIDC): string {
  const { AuthorizationCode, RefreshToken } = oidc.entities;
  const scopes = [
    oidc.params?.['scope'],
    AuthorizationCode?.scope,
    RefreshToken?.scope,
    'offline_access',
  ];
  return [
    ...new Set(
      scopes
        .filter((scope) => typeof scope === 'string')
        .join(' ')
        .split(' '),
    ),
  ].join(' ');
}

export function audienceFeature(
  userinfoUrl: string,
  habits: UpbondEmulatorHabits,
): NonNullable<NonNullable<Configuration['features']>['resourceIndicators']> {
  const isOpaque = habits.accessTokenProfile === 'opaque';
  return {
    enabled: true,
    // Without an audience the access token is still a JWT, meant for userinfo. An opaque one is for it
    // when it has no audience.
    defaultResource: (_ctx, _client, oneOf) =>
      oneOf?.[0] ?? (isOpaque ? [] : resourceOf(userinfoUrl)),
    useGrantedResource: () => true,
    getResourceServerInfo: (ctx, resource) => ({
      audience: audienceOf(resource),
      scope: scopeInPlay(ctx),
      ...(isOpaque
        ? { accessTokenFormat: 'opaque' }
        : { accessTokenFormat: 'jwt', jwt: { sign: { alg: habits.signingAlg } } }),
    }),
  };
}
