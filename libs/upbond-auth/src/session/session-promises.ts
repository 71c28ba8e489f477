import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';

type Memory = Pick<UpbondAuthConfig, 'sessionStore' | 'sharedMemory' | 'scope'>;

/**
 * What an operator should know of the configured way of keeping sessions: one sentence about what each
 * process remembers for itself, one about refreshes where there can be any, and one about a store that is
 * not atomic. The table in the README has everything else.
 */
export function missingPromises({ sessionStore, sharedMemory, scope }: Memory): string[] {
  const missing: string[] = [];
  if (!sharedMemory) missing.push(ownMemory(sessionStore?.capabilities.index === true));
  // OpenID Connect Core §11: what refresh tokens are asked for with
  if (!sharedMemory && scope.includes('offline_access')) missing.push(ownRefreshes(!sessionStore));
  if (sessionStore && !sessionStore.capabilities.atomicUpdate) {
    missing.push(
      'This session store cannot update atomically: a write in flight may outlive its session, though nobody can read it.',
    );
  }
  return missing;
}

function ownMemory(hasIndex: boolean): string {
  const what = hasIndex
    ? 'used state values and logout tokens'
    : 'revoked sessions (back-channel logout, SessionService) and used state values';
  return `Each process remembers ${what} for itself, until it restarts. For more than one process configure sharedMemory, such as new RedisSharedMemory(client).`;
}

function ownRefreshes(isSealed: boolean): string {
  const lost = isSealed
    ? ' A browser that did not receive the answer with its new tokens is signed out if this process restarts before it asks again.'
    : '';
  return `With offline_access and without sharedMemory, refreshes are coordinated in each process only: two processes that spend the same refresh token can end the session at a server that rotates them.${lost}`;
}
