import type { UpbondUser } from '../callback/user.js';

/** Metadata keys of the decorators; {@link Public} has its own. */
export const SCOPES = 'upbond-auth:scopes';
export const PERMISSIONS = 'upbond-auth:permissions';
export const ROLES = 'upbond-auth:roles';
export const CLAIMS = 'upbond-auth:claims';
export const CREDENTIALS = 'upbond-auth:credentials';
export const STEP_UP = 'upbond-auth:step-up';

/** How many of several values are needed. */
export interface RequirementMode {
  /** `all` of them, or `any` one of them. @default 'all' */
  readonly mode?: 'all' | 'any';
}

/** One or more values, and perhaps a {@link RequirementMode} behind them. */
export type RequiredValues =
  readonly [string, ...string[], string | RequirementMode] | readonly [string];

/** Values of which all or one are needed. */
export interface Required {
  readonly values: readonly string[];
  readonly mode: 'all' | 'any';
}

/** Decides about a user; only `true` lets the request pass. */
export type ClaimsPredicate<User extends object = UpbondUser> = (
  user: Readonly<User>,
) => boolean | Promise<boolean>;

/** What a request can prove its user with. */
export type Credential = 'session' | 'bearer';

/** How the user must have signed in. At least one member is needed. */
export interface StepUpOptions {
  /**
   * Authentication context classes of which one is needed, best first, such as
   * `['urn:example:mfa']`. Sent to Login 3.0 as `acr_values`.
   * @see OpenID Connect Core §2 (`acr`)
   */
  readonly acrValues?: readonly string[];
  /** How long ago the user may have signed in, in seconds. Sent to Login 3.0 as `max_age`. */
  readonly maxAgeSeconds?: number;
}

// RFC 6749 §3.3: a value ends where the next one begins, and never leaves its quotation marks
const TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Checks what stands in a decorator, while the class is defined. */
export function required(name: string, given: readonly unknown[]): Required {
  const last = given.at(-1);
  const { mode = 'all' } = (typeof last === 'object' ? last : {}) as RequirementMode;
  const values = typeof last === 'object' ? given.slice(0, -1) : given;
  if (mode !== 'all' && mode !== 'any') throw new TypeError(`@${name}(): mode is all or any`);
  requireTokens(name, values);
  return { values, mode };
}

/** Checks the options of {@link StepUp}. */
export function stepUpOptions({ acrValues, maxAgeSeconds }: StepUpOptions): StepUpOptions {
  if (acrValues === undefined && maxAgeSeconds === undefined) {
    throw new TypeError('@StepUp() needs acrValues or maxAgeSeconds');
  }
  if (acrValues !== undefined) requireTokens('StepUp', acrValues);
  const isTime = Number.isInteger(maxAgeSeconds) && Number(maxAgeSeconds) >= 0;
  if (maxAgeSeconds !== undefined && !(isTime && maxAgeSeconds < 1e9)) {
    throw new TypeError('@StepUp(): maxAgeSeconds is a whole number of seconds');
  }
  return { ...(acrValues && { acrValues }), ...(maxAgeSeconds !== undefined && { maxAgeSeconds }) };
}

function requireTokens(name: string, values: readonly unknown[]): asserts values is string[] {
  if (values.length > 0 && values.every((one) => typeof one === 'string' && TOKEN.test(one)))
    return;
  throw new TypeError(
    `@${name}() needs at least one value, each a text without white space and quotation marks`,
  );
}
