// The entry point nestjs-upbond-auth/testing: for the tests of applications, and for nothing else.
export {
  createUpbondTesting,
  type UpbondTesting,
  type UpbondTestingOptions,
} from './upbond-testing.js';
export type { OverridableModule } from './overrides.provider.js';
export type { BearerHeaders, SocketAuth, TestingUser } from './testing-user.js';
export type { TokenVariants } from './token-variants.js';
export type { TestingIdentity } from './testing-claims.js';
export type { SessionHeaders } from './testing-session.js';
export type { TestingClock } from './testing-clock.js';
export type { TestingAlgorithm } from './testing-keys.js';
