import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';

type Memory = Pick<UpbondAuthConfig, 'sessionStore' | 'sharedMemory'>;

/**
 * What the configured way of keeping sessions does not promise, one sentence each: the rows of the table
 * in the README that say no.
 */
export function missingPromises({ sessionStore, sharedMemory }: Memory): string[] {
  const missing: string[] = [];
  if (!sharedMemory) missing.push(ownMemory(sessionStore?.capabilities.index === true));
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
