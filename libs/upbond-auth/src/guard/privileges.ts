import type { MaybePromise } from './at-once.js';
import type { ClaimsPredicate, Required } from '../decorators/marks.js';
import type { Requirements } from './requirements.js';

/** Where roles and permissions are in a user. */
export interface ClaimPaths {
  readonly rolesClaim: readonly string[];
  readonly permissionsClaim: readonly string[];
}

/** Who calls, as far as privileges go. */
export interface Privileged {
  readonly user: object;
  readonly scopes: readonly string[];
}

export type MissingPrivilege = 'insufficient_scope' | 'insufficient_permissions';

/**
 * What the caller lacks, or nothing. Only `true` of a predicate counts. Nothing is looked for that is not
 * asked: this runs on every request.
 */
export function missingPrivilege(
  caller: Privileged,
  needed: Pick<Requirements, 'scopes' | 'permissions' | 'roles' | 'claims'>,
  paths: ClaimPaths,
): MaybePromise<MissingPrivilege | undefined> {
  const { scopes, permissions, roles, claims } = needed;
  const { user } = caller;
  if (scopes && !suffices(caller.scopes, scopes)) return 'insufficient_scope';
  const isAllowed =
    (!permissions || suffices(listAt(user, paths.permissionsClaim), permissions)) &&
    (!roles || suffices(listAt(user, paths.rolesClaim), roles));
  if (!isAllowed) return 'insufficient_permissions';
  return claims && missingClaims(user, claims);
}

async function missingClaims(user: object, suffice: ClaimsPredicate<object>) {
  return (await suffice(user)) === true ? undefined : 'insufficient_permissions';
}

/** Whole values, compared as they are. */
export function suffices(held: readonly string[], needed: Required | undefined): boolean {
  if (!needed) return true;
  const isHeld = (value: string) => held.includes(value);
  return needed.mode === 'any' ? needed.values.some(isHeld) : needed.values.every(isHeld);
}

/** The texts of the list at a path of own members; a text is no list, because it has parts. */
export function listAt(user: unknown, path: readonly string[]): readonly string[] {
  let value = user;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return [];
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** The values of a `scope` claim (RFC 6749 §3.3). */
export function scopeValues(scope: unknown): readonly string[] {
  return typeof scope === 'string' ? scope.split(' ').filter(Boolean) : [];
}
