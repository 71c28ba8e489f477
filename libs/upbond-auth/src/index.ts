// The public surface, in the order of a login.
export { UpbondAuthModule } from './upbond-auth.module.js';
export type { UpbondAuthModuleExtras } from './upbond-auth.module-definition.js';
export type {
  ClientAuthenticationMethod,
  EndpointOverrides,
  IdTokenSigningAlgorithm,
  JsonValue,
  LoginRequest,
  RoutePaths,
  UpbondAuthOptions,
  UpbondAuthOptionsFactory,
  UpbondClaims,
} from './options/upbond-auth-options.js';
export type { UpbondUser } from './callback/user.js';
export { TokenSet, type TokenSetMembers } from './tokens/token-set.js';
export type { Session } from './session/session.js';
export { UpbondGuard } from './guard/upbond.guard.js';
export { Public } from './decorators/public.decorator.js';
export { CurrentUser } from './decorators/current-user.decorator.js';
export {
  UpbondAuthException,
  type UpbondAuthExceptionOptions,
} from './errors/upbond-auth.exception.js';
export type { UpbondAuthErrorCode } from './errors/error-codes.js';
export { UpbondConfigError, type ConfigProblem } from './errors/upbond-config-error.js';
