import { SessionStore } from '../session/store/session-store.js';
import { SharedMemory } from '../shared-memory/shared-memory.js';
import type { Settings } from './settings.js';

/** Where sessions are kept and what the processes remember together. */
export function sessionMemory(settings: Settings) {
  const sessionStore = instanceOf(settings, 'sessionStore', SessionStore, 'RedisSessionStore');
  const sharedMemory = instanceOf(settings, 'sharedMemory', SharedMemory, 'RedisSharedMemory');
  return { sessionStore, sharedMemory: sharedMemory ?? sessionStore?.sharedMemory };
}

function instanceOf<Type>(
  settings: Settings,
  path: 'sessionStore' | 'sharedMemory',
  base: abstract new () => Type,
  example: string,
): Type | undefined {
  const value = settings.value(path);
  if (value === undefined || value instanceof base) return value;
  const problem = `is no ${base.name}.`;
  const fix = `pass an object whose class extends ${base.name}, such as new ${example}(client).`;
  return settings.refuse(path, problem, fix);
}
