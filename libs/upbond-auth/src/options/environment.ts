import type { EndpointOverrides, RoutePaths, UpbondAuthOptions } from './upbond-auth-options.js';

/** One setting, as the path of its option: `clientId`, `endpoints.jwksUri`, `routes.login`. */
export type OptionPath =
  | Exclude<keyof UpbondAuthOptions, 'endpoints' | 'routes'>
  | `endpoints.${keyof EndpointOverrides}`
  | `routes.${keyof RoutePaths}`;

/** Every setting in the order of the options, with the end of its variable's name, if it has one. */
const VARIABLES: Readonly<Record<OptionPath, string | undefined>> = {
  clientId: 'CLIENT_ID',
  clientSecret: 'CLIENT_SECRET',
  redirectUri: 'REDIRECT_URI',
  sessionSecret: 'SESSION_SECRET',
  domain: 'DOMAIN',
  issuer: 'ISSUER',
  scope: 'SCOPE',
  audience: 'AUDIENCE',
  audiences: 'AUDIENCES',
  apis: undefined,
  clientAuthentication: 'CLIENT_AUTHENTICATION',
  clientAssertionKeys: 'CLIENT_ASSERTION_KEYS',
  clientAssertionAudience: 'CLIENT_ASSERTION_AUDIENCE',
  postLogoutRedirectUri: 'POST_LOGOUT_REDIRECT_URI',
  'endpoints.authorizationEndpoint': 'AUTHORIZATION_ENDPOINT',
  'endpoints.tokenEndpoint': 'TOKEN_ENDPOINT',
  'endpoints.jwksUri': 'JWKS_URI',
  'endpoints.userinfoEndpoint': 'USERINFO_ENDPOINT',
  'endpoints.revocationEndpoint': 'REVOCATION_ENDPOINT',
  'endpoints.introspectionEndpoint': 'INTROSPECTION_ENDPOINT',
  'endpoints.logoutEndpoint': 'LOGOUT_ENDPOINT',
  accountId: 'ACCOUNT_ID',
  idTokenSigningAlgorithms: 'ID_TOKEN_SIGNING_ALGORITHMS',
  accessTokenAudiences: 'ACCESS_TOKEN_AUDIENCES',
  accessTokenSigningAlgorithms: 'ACCESS_TOKEN_SIGNING_ALGORITHMS',
  opaqueAccessTokens: 'OPAQUE_ACCESS_TOKENS',
  opaqueAccessTokenCacheSeconds: 'OPAQUE_ACCESS_TOKEN_CACHE_SECONDS',
  rolesClaim: 'ROLES_CLAIM',
  permissionsClaim: 'PERMISSIONS_CLAIM',
  leewaySeconds: 'LEEWAY_SECONDS',
  deadlineSeconds: 'DEADLINE_SECONDS',
  transactionLifetimeSeconds: 'TRANSACTION_LIFETIME_SECONDS',
  sessionLifetimeSeconds: 'SESSION_LIFETIME_SECONDS',
  sessionIdleSeconds: 'SESSION_IDLE_SECONDS',
  sessionStore: undefined,
  sharedMemory: undefined,
  allowedOrigins: 'ALLOWED_ORIGINS',
  allowedPostLogoutRedirectUris: 'ALLOWED_POST_LOGOUT_REDIRECT_URIS',
  responseMode: 'RESPONSE_MODE',
  'routes.login': 'LOGIN_PATH',
  'routes.logout': 'LOGOUT_PATH',
  'routes.backchannelLogout': 'BACKCHANNEL_LOGOUT_PATH',
  'routes.protectedResourceMetadata': 'PROTECTED_RESOURCE_METADATA_PATH',
  publicBasePath: 'PUBLIC_BASE_PATH',
  defaultReturnTo: 'DEFAULT_RETURN_TO',
  authorizationParameters: undefined,
  onLogin: undefined,
  loadUser: undefined,
  loadTokenUser: undefined,
  allowInsecureHttp: 'ALLOW_INSECURE_HTTP',
  dangerouslyAllowMissingOrigin: 'DANGEROUSLY_ALLOW_MISSING_ORIGIN',
  dangerouslyAcceptIdTokens: 'DANGEROUSLY_ACCEPT_ID_TOKENS',
  dangerouslyAllowOAuthOnly: 'DANGEROUSLY_ALLOW_OAUTH_ONLY',
};

/** Every setting, in the order of the options. */
export const OPTION_PATHS = Object.freeze(Object.keys(VARIABLES)) as readonly OptionPath[];

/** Start of the variables of an instance: `UPBOND_`, or `UPBOND_ADMIN_` for `admin`. */
export function variablePrefix(name: string): string {
  if (name === 'default') return 'UPBOND_';
  return `UPBOND_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_`;
}

/** A setting as the environment has it. */
export interface EnvironmentSetting {
  /** Full name of the variable; absent for settings that only code can make, such as hooks. */
  readonly variable: string | undefined;
  /** A string, or whatever else a validated schema made of it; `undefined` when not set. */
  readonly value: unknown;
}

/** All settings as the environment has them. */
export type Environment = Readonly<Record<OptionPath, EnvironmentSetting>>;

/** Reads every variable of an instance once. */
export function readEnvironment(prefix: string, read: (variable: string) => unknown): Environment {
  const settings = OPTION_PATHS.map((path) => {
    const end = VARIABLES[path];
    const variable = end === undefined ? undefined : prefix + end;
    return [path, { variable, value: variable && normalize(read(variable)) }] as const;
  });
  return Object.fromEntries(settings) as Environment;
}

/** Whether the environment sets at least one variable of the instance. */
export function isAnySet(environment: Environment): boolean {
  return Object.values(environment).some(({ value }) => value !== undefined);
}

function normalize(value: unknown): unknown {
  if (value === null) return undefined;
  // A schema given to ConfigModule may have turned the text into a number or a boolean.
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') {
    return String(value);
  }
  return typeof value === 'string' && value.trim() === '' ? undefined : value;
}
