import {
  CLAIMS,
  CREDENTIALS,
  PERMISSIONS,
  ROLES,
  SCOPES,
  STEP_UP,
  type ClaimsPredicate,
  type Credential,
  type Required,
  type StepUpOptions,
} from '../decorators/marks.js';

/** What a handler asks of whoever calls it. */
export interface Requirements {
  /** Whether nobody in particular may call it, too. */
  readonly isPublic: boolean;
  readonly credentials: readonly Credential[];
  readonly scopes: Required | undefined;
  readonly permissions: Required | undefined;
  readonly roles: Required | undefined;
  readonly claims: ClaimsPredicate<object> | undefined;
  readonly stepUp: StepUpOptions | undefined;
  /** Whether the handler is an `@Sse()`, whose answer outlasts the request. */
  readonly isEventStream: boolean;
}

/** Reads what a decorator left on a method or a controller. */
export type ReadMark = (key: string) => unknown;

const EITHER: readonly Credential[] = ['session', 'bearer'];
const REQUIREMENTS = [SCOPES, PERMISSIONS, ROLES, CLAIMS, STEP_UP];

/**
 * Puts the decorators of a method and of its controller together. Those of different kinds add up; of
 * the same kind the method's replaces the controller's. `@Public()` counts where no requirement stands
 * beside it or nearer: what asks something of the caller cannot be called by nobody.
 */
export function requirementsOf(
  method: ReadMark,
  controller: ReadMark,
  publicKey: string,
  eventStreamKey?: string,
): Requirements {
  const isPublicMethod = isOpen(method, publicKey);
  const asks = (read: ReadMark) => REQUIREMENTS.some((key) => read(key) !== undefined);
  const isPublic = isPublicMethod || (!asks(method) && isOpen(controller, publicKey));
  const value = <Value>(key: string): Value | undefined =>
    isPublic ? undefined : ((method(key) ?? controller(key)) as Value | undefined);
  return Object.freeze({
    isPublic,
    credentials: (method(CREDENTIALS) ?? controller(CREDENTIALS) ?? EITHER) as typeof EITHER,
    scopes: value<Required>(SCOPES),
    permissions: value<Required>(PERMISSIONS),
    roles: value<Required>(ROLES),
    claims: value<ClaimsPredicate<object>>(CLAIMS),
    stepUp: value<StepUpOptions>(STEP_UP),
    isEventStream: eventStreamKey !== undefined && method(eventStreamKey) === true,
  });
}

function isOpen(read: ReadMark, publicKey: string): boolean {
  return read(publicKey) === true && REQUIREMENTS.every((key) => read(key) === undefined);
}
