import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';

type Memory = Pick<UpbondAuthConfig, 'sessionStore' | 'sharedMemory'> &
  Partial<Pick<UpbondAuthConfig, 'scope'>>;

/**
 * What an operator should know of the configured way of keeping sessions: one sentence about what each
 * process remembers for itself, and one about a store that is not atomic. The table in the README has
 * everything else.
 */
export function missingPromises({ sessionStore, sharedMemory, scope = [] }: Memory): string[] {
  const missing: string[] = [];
  if (!sharedMemory) missing.push(ownMemory(sessionStore?.capabilities.index === true));
  if (!sharedMemory && !sessionStore && scope.includes('offline_access')) missing.push(LOST_ANSWER);
  if (sessionStore && !sessionStore.capabilities.atomicUpdate) {
    missing.push(
      'This session store cannot update atomically: a write in flight may outlive its session, though nobody can read it.',
    );
  }
  return missing;
}

const LOST_ANSWER =
  'With offline_access and sessions in cookies alone, a browser that did not get the answer with its new refresh token has to sign in again after a restart: configure sharedMemory or sessionStore.';

function ownMemory(hasIndex: boolean): string {
  const what = hasIndex
    ? 'used state values and logout tokens'
    : 'revoked sessions (back-channel logout, SessionService) and used state values';
  return `Each process remembers ${what} for itself, until it restarts. For more than one process configure sharedMemory, such as new RedisSharedMemory(client).`;
}
