import { describe, expect, it } from 'vitest';
import { missingPromises } from './session-promises.js';
import type { SessionStore } from './store/session-store.js';
import type { SharedMemory } from '../shared-memory/shared-memory.js';

const sharedMemory = {} as SharedMemory;
const store = (index: boolean, atomicUpdate: boolean) =>
  ({ capabilities: { index, atomicUpdate } }) as SessionStore;

describe('missingPromises', () => {
  it.each<[string, Parameters<typeof missingPromises>[0], RegExp[]]>([
    ['sealed', { sessionStore: undefined, sharedMemory: undefined }, [/revoked sessions/]],
    ['sealed with shared memory', { sessionStore: undefined, sharedMemory }, []],
    [
      'sealed with refresh tokens',
      { sessionStore: undefined, sharedMemory: undefined, scope: ['openid', 'offline_access'] },
      [/revoked sessions/, /has to sign in again after a restart/],
    ],
    [
      'sealed with refresh tokens and shared memory',
      { sessionStore: undefined, sharedMemory, scope: ['openid', 'offline_access'] },
      [],
    ],
    ['Redis', { sessionStore: store(true, true), sharedMemory }, []],
    [
      'a store with an index alone',
      { sessionStore: store(true, true), sharedMemory: undefined },
      [/used state values and logout tokens/],
    ],
    [
      'an express-session store',
      { sessionStore: store(false, false), sharedMemory: undefined },
      [/revoked sessions/, /atomically/],
    ],
    [
      'an express-session store with shared memory',
      { sessionStore: store(false, false), sharedMemory },
      [/atomically/],
    ],
  ])('of %s', (_, memory, sentences) => {
    const missing = missingPromises(memory);
    expect(missing).toHaveLength(sentences.length);
    sentences.forEach((sentence, index) => expect(missing[index]).toMatch(sentence));
  });
});
