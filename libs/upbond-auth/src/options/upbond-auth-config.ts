import type { SessionStore } from '../session/store/session-store.js';
import type { SharedMemory } from '../shared-memory/shared-memory.js';
import { sessionMemory } from './session-memory.js';
import { UpbondConfigError } from '../errors/upbond-config-error.js';
import { ownAddresses, serverAddresses } from './addresses.js';
import { accessTokens } from './access-tokens.js';
import { apis, type Api } from './apis.js';
import { authorizationParameters } from './authorization-parameters.js';
import type { ClientAssertionSigningKey } from './client-assertion-key.js';
import { client } from './client.js';
import { cookieDigest } from './cookie-digest.js';
import { durations } from './durations.js';
import { readEnvironment, variablePrefix } from './environment.js';
import { finish } from './finish.js';
import { idTokenSigningAlgorithms } from './id-token-algorithms.js';
import { missingHint } from './missing-hint.js';
import { opaqueAccessTokens } from './opaque-access-tokens.js';
import { scope } from './scope.js';
import { sessionSecrets } from './secrets.js';
import { isRecord, Settings } from './settings.js';
import { refuseUnknownOptions } from './unknown-options.js';
import type {
  AccessTokenSigningAlgorithm,
  ClientAssertionAudience,
  ClientAuthenticationMethod,
  IdTokenSigningAlgorithm,
  OpaqueAccessTokens,
  ResponseMode,
  UpbondAuthOptions,
} from './upbond-auth-options.js';
import { flag, hook } from './values.js';

/**
 * The configuration as the library reads it: complete, checked and frozen. Made once, while the
 * application boots, by {@link resolveConfig}. Its secrets print redacted.
 */
export interface UpbondAuthConfig {
  /** `default`, or the `name` of the instance. */
  readonly name: string;
  /** Start of the environment variables of this instance: `UPBOND_` or `UPBOND_ADMIN_`. */
  readonly variablePrefix: string;
  /** Origin (and path, if any) of Login 3.0, without a slash at the end. */
  readonly domain: string;
  /** Exact issuer, when configured. */
  readonly issuer: string | undefined;
  readonly clientId: string;
  /** In the order they are tried; two during a rotation, empty without one. */
  readonly clientSecrets: readonly string[];
  readonly clientAuthentication: ClientAuthenticationMethod;
  /** In the order they are tried; empty unless the method is `private_key_jwt`. */
  readonly clientAssertionKeys: readonly ClientAssertionSigningKey[];
  readonly clientAssertionAudience: ClientAssertionAudience;
  readonly redirectUri: string;
  /** Newest first. */
  readonly sessionSecrets: readonly string[];
  /** With `openid`, unless `oauthOnly`. */
  readonly scope: readonly string[];
  readonly audience: string | undefined;
  /** Further audiences that access tokens may be had for; those of `apis` among them. */
  readonly audiences: readonly string[];
  readonly apis: readonly Api[];
  readonly postLogoutRedirectUri: string;
  readonly endpoints: {
    readonly authorizationEndpoint: string | undefined;
    readonly tokenEndpoint: string | undefined;
    readonly jwksUri: string | undefined;
    readonly userinfoEndpoint: string | undefined;
    readonly revocationEndpoint: string | undefined;
    readonly introspectionEndpoint: string | undefined;
    readonly logoutEndpoint: string | undefined;
  };
  readonly accountId: string | undefined;
  readonly idTokenSigningAlgorithms: readonly IdTokenSigningAlgorithm[];
  /** Empty when bearer tokens are not accepted. */
  readonly accessTokenAudiences: readonly string[];
  readonly accessTokenSigningAlgorithms: readonly AccessTokenSigningAlgorithm[];
  readonly dangerouslyAcceptIdTokens: boolean;
  readonly opaqueAccessTokens: OpaqueAccessTokens;
  readonly opaqueAccessTokenCacheSeconds: number;
  /** Names that lead from the claims to the roles. */
  readonly rolesClaim: readonly string[];
  readonly permissionsClaim: readonly string[];
  readonly leewaySeconds: number;
  readonly deadlineSeconds: number;
  readonly transactionLifetimeSeconds: number;
  readonly sessionLifetimeSeconds: number;
  readonly sessionIdleSeconds: number;
  readonly sessionStore: SessionStore | undefined;
  readonly sharedMemory: SharedMemory | undefined;
  /** The application's own origin and the other ones that were allowed. */
  readonly allowedOrigins: readonly string[];
  /** With `postLogoutRedirectUri`, which comes first. */
  readonly allowedPostLogoutRedirectUris: readonly string[];
  readonly responseMode: ResponseMode;
  readonly dangerouslyAllowMissingOrigin: boolean;
  /** Route paths with a slash at the start and none at the end. */
  readonly routes: {
    readonly login: string;
    readonly logout: string;
    readonly backchannelLogout: string;
    /** `undefined` when it is turned off. */
    readonly protectedResourceMetadata: string | undefined;
  };
  /** Empty, or with a slash at the start and none at the end. */
  readonly publicBasePath: string;
  readonly defaultReturnTo: string;
  readonly authorizationParameters: UpbondAuthOptions['authorizationParameters'];
  readonly onLogin: UpbondAuthOptions['onLogin'];
  readonly loadUser: UpbondAuthOptions['loadUser'];
  readonly loadTokenUser: UpbondAuthOptions['loadTokenUser'];
  readonly allowInsecureHttp: boolean;
  readonly oauthOnly: boolean;
  /** Whether the redirect URI is https: cookies are then `Secure` and carry `__Host-`. */
  readonly secureCookies: boolean;
  /** Six characters that tell this issuer and client from others on the same host. */
  readonly cookieDigest: string;
}

/**
 * Makes the configuration of one instance from the application's options and the environment;
 * options win.
 *
 * @param name `default`, or the name of the instance
 * @param options what the application passed to `forRoot`
 * @param read reads one variable, such as `(variable) => configService.get(variable)`
 * @param configModuleIsPresent whether the application imports `ConfigModule`; decides the hint
 * @throws {@link UpbondConfigError} with every problem at once
 */
export function resolveConfig(
  name: string,
  options: UpbondAuthOptions,
  read: (variable: string) => unknown,
  configModuleIsPresent: boolean,
): UpbondAuthConfig {
  const given: unknown = options ?? {};
  const settings = settingsOf(name, given, read);
  const draft = { name, variablePrefix: variablePrefix(name), ...resolve(settings, name) };
  const { problems, isIncomplete } = settings;
  if (problems.length > 0) {
    const hint = isIncomplete ? missingHint(name, read, configModuleIsPresent) : undefined;
    throw new UpbondConfigError(name, problems, hint);
  }
  // Whatever a rule refuses is undefined and a problem: without problems the draft is complete.
  draft satisfies Record<keyof UpbondAuthConfig, unknown>;
  return finish(draft as UpbondAuthConfig, [
    'clientSecrets',
    'clientAssertionKeys',
    'sessionSecrets',
    'sessionStore',
    'sharedMemory',
  ]);
}

function settingsOf(name: string, given: unknown, read: (variable: string) => unknown): Settings {
  const options = isRecord(given) ? given : {};
  const settings = new Settings(options, readEnvironment(variablePrefix(name), read));
  if (isRecord(given)) refuseUnknownOptions(settings, options);
  else settings.refuseOption('options', 'must be an object.', 'pass an object, or nothing.');
  return settings;
}

function resolve(settings: Settings, name: string) {
  const oauthOnly = flag(settings, 'dangerouslyAllowOAuthOnly');
  const allowInsecureHttp = flag(settings, 'allowInsecureHttp');
  const registration = client(settings);
  const { clientId, clientSecrets } = registration;
  const server = serverAddresses(settings, { allowInsecureHttp, oauthOnly });
  const bearer = accessTokens(settings, clientId);
  const algorithms = idTokenSigningAlgorithms(settings, clientSecrets, oauthOnly);
  return {
    ...registration,
    ...server,
    ...ownAddresses(settings, allowInsecureHttp, name),
    ...bearer,
    opaqueAccessTokens: opaqueAccessTokens(settings, {
      ...registration,
      ...server,
      ...bearer,
      oauthOnly,
      idTokenSigningAlgorithms: algorithms,
    }),
    ...apis(settings, allowInsecureHttp),
    ...durations(settings),
    ...sessionMemory(settings),
    dangerouslyAllowMissingOrigin: flag(settings, 'dangerouslyAllowMissingOrigin'),
    allowInsecureHttp,
    oauthOnly,
    sessionSecrets: sessionSecrets(settings),
    scope: scope(settings, oauthOnly),
    idTokenSigningAlgorithms: algorithms,
    authorizationParameters: authorizationParameters(settings),
    onLogin: hook(settings, 'onLogin') as UpbondAuthConfig['onLogin'],
    loadUser: hook(settings, 'loadUser') as UpbondAuthConfig['loadUser'],
    loadTokenUser: hook(settings, 'loadTokenUser') as UpbondAuthConfig['loadTokenUser'],
    cookieDigest: cookieDigest(name, server.issuer ?? server.domain ?? '', clientId ?? ''),
  };
}
