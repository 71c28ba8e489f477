import { describe, expect, it } from 'vitest';
import { missingPromises } from './session-promises.js';
import type { SessionStore } from './store/session-store.js';
import type { SharedMemory } from '../shared-memory/shared-memory.js';

const sharedMemory = {} as SharedMemory;
const store = (index: boolean, atomicUpdate: boolean) =>
  ({ capabilities: { index, atomicUpdate } }) as SessionStore;

describe('missingPromises', () => {
  type Memory = Omit<Parameters<typeof missingPromises>[0], 'scope'>;

  it.each<[string, Memory, RegExp[]]>([
    ['sealed', { sessionStore: undefined, sharedMemory: undefined }, [/revoked sessions/]],
    ['sealed with shared memory', { sessionStore: undefined, sharedMemory }, []],
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
    const missing = missingPromises({ ...memory, scope: ['openid', 'profile', 'email'] });
    expect(missing).toHaveLength(sentences.length);
    sentences.forEach((sentence, index) => expect(missing[index]).toMatch(sentence));
  });

  const LOST = /coordinated in each process only.*did not receive the answer.*restarts/;
  const COORDINATED = /coordinated in each process only[^.]*\.$/;

  it.each<[string, Memory, RegExp | undefined]>([
    ['sealed', { sessionStore: undefined, sharedMemory: undefined }, LOST],
    ['sealed with shared memory', { sessionStore: undefined, sharedMemory }, undefined],
    [
      'a store with an index alone',
      { sessionStore: store(true, true), sharedMemory: undefined },
      COORDINATED,
    ],
    [
      'an express-session store',
      { sessionStore: store(false, false), sharedMemory: undefined },
      COORDINATED,
    ],
    ['a store with shared memory', { sessionStore: store(false, false), sharedMemory }, undefined],
  ])('of refreshes with offline_access, %s', (_, memory, sentence) => {
    const without = missingPromises({ ...memory, scope: ['openid'] });
    const missing = missingPromises({ ...memory, scope: ['openid', 'offline_access'] });
    const more = missing.filter((one) => !without.includes(one));
    expect(more).toEqual(sentence ? [expect.stringMatching(sentence)] : []);
    expect(missing).toHaveLength(without.length + more.length);
  });
});
