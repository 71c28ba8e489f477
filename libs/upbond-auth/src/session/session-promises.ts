import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';

type Memory = Pick<UpbondAuthConfig, 'sessionStore' | 'sharedMemory'>;

/**
 * What the configured way of keeping sessions does not promise, one sentence each: the rows of the table
 * in the README that say no.
 */
export function missingPromises({ sessionStore, sharedMemory }: Memory): string[] {
  return [
    ...(sharedMemory
      ? []
      : [
          'Without sharedMemory a used state or logout token is known to this process only, until it restarts.',
        ]),
    ...(sharedMemory || sessionStore?.capabilities.index
      ? []
      : [
          'Back-channel logout and SessionService.revokeAll() reach the sessions of this process only, until it restarts: configure sharedMemory or a store with an index, such as RedisSessionStore.',
        ]),
    ...(sessionStore && !sessionStore.capabilities.atomicUpdate
      ? [
          'This session store cannot update atomically: a write in flight may outlive its session, though nobody can read it.',
        ]
      : []),
  ];
}
