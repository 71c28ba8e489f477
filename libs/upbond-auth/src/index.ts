// The public surface, in the order of a login.
export { UpbondAuthModule } from './upbond-auth.module.js';
export type { UpbondAuthModuleExtras } from './upbond-auth.module-definition.js';
export type {
  AccessTokenSigningAlgorithm,
  ApiOptions,
  ClientAssertionAlgorithm,
  ClientAssertionAudience,
  ClientAssertionKey,
  ClientAuthenticationMethod,
  EndpointOverrides,
  IdTokenSigningAlgorithm,
  JsonObject,
  JsonValue,
  LoginRequest,
  OpaqueAccessTokens,
  ResponseMode,
  RoutePaths,
  UpbondAuthOptions,
  UpbondAuthOptionsFactory,
  UpbondClaims,
} from './options/upbond-auth-options.js';
export type { UpbondUser } from './callback/user.js';
export { TokenSet, type TokenSetMembers } from './tokens/token-set.js';
export type { FurtherToken, HeldTokens } from './tokens/held-tokens.js';
export type { Session } from './session/session.js';
export type { SessionTimes } from './session/session-lifetime.js';
export {
  SessionService,
  sessionServiceToken,
  type SessionSummary,
} from './session/session.service.js';
export {
  SessionStore,
  type SessionSelector,
  type SessionStoreCapabilities,
  type SessionTouch,
  type StoredSession,
} from './session/store/session-store.js';
export { RedisSessionStore } from './session/store/redis-session-store.js';
export {
  ExpressSessionStore,
  type ExpressSessionStoreOptions,
} from './session/store/express-session-store.js';
export type {
  ExpressCompatibleStore,
  ExpressRecord,
  ExpressStoreCallback,
} from './session/store/express-compatible-store.js';
export {
  ExpressStoreError,
  MissingStoreCapabilityError,
  type ExpressStoreOperation,
  type MissingStoreCapability,
} from './session/store/express-store-errors.js';
export { SharedMemory, type LogEntries } from './shared-memory/shared-memory.js';
export type {
  LeaseAttempt,
  LeasedRecords,
  LeaseRequest,
  RecordState,
} from './shared-memory/leased-records.js';
export { RedisSharedMemory } from './shared-memory/redis-shared-memory.js';
export type { RedisStoreOptions } from './shared-memory/redis-store-options.js';
export type {
  IoRedisClient,
  NodeRedisClient,
  NodeRedisCluster,
  NodeRedisCommandOptions,
  NodeRedisSentinel,
  RedisClient,
} from './shared-memory/redis-client.js';
export { UpbondGuard } from './guard/upbond.guard.js';
export {
  GraphqlConnections,
  type GraphqlConnectionContext,
} from './guard/graphql-connections.service.js';
export { withUpbondAuth, type WithUpbondAuthOptions } from './sockets/with-upbond-auth.service.js';
export { Public } from './decorators/public.decorator.js';
export { Claims } from './decorators/claims.decorator.js';
export { Credentials } from './decorators/credentials.decorator.js';
export { Permissions } from './decorators/permissions.decorator.js';
export { Roles } from './decorators/roles.decorator.js';
export { Scopes } from './decorators/scopes.decorator.js';
export { StepUp } from './decorators/step-up.decorator.js';
export type {
  ClaimsPredicate,
  Credential,
  RequiredValues,
  RequirementMode,
  StepUpOptions,
} from './decorators/marks.js';
export { CurrentUser } from './decorators/current-user.decorator.js';
export { AccessToken } from './outbound/access-token.decorator.js';
export { TokenService, tokenServiceToken } from './outbound/token.service.js';
export type { AccessTokenOptions } from './guard/call.js';
export { UserinfoService, userinfoServiceToken } from './outbound/userinfo.service.js';
export { UpbondFetch, upbondFetchToken } from './outbound/upbond-fetch.service.js';
export {
  ClientCredentialsService,
  clientCredentialsServiceToken,
  type ClientCredentialsOptions,
} from './outbound/client-credentials.service.js';
export {
  UpbondAuthException,
  type UpbondAuthExceptionOptions,
} from './errors/upbond-auth.exception.js';
export type { UpbondAuthErrorCode } from './errors/error-codes.js';
export { UpbondConfigError, type ConfigProblem } from './errors/upbond-config-error.js';
