import { createHash } from 'node:crypto';

/** A Lua script that Redis runs in one step; it touches one key, so that it also runs in a cluster. */
export interface RedisScript {
  readonly lua: string;
  /** What Redis knows it by once it has seen it. */
  readonly sha1: string;
}

/** A script ready to be run by name. */
export function redisScript(lua: string): RedisScript {
  return { lua, sha1: createHash('sha1').update(lua).digest('hex') };
}

/** Says whether Redis has not seen the script yet, or has forgotten it by a restart or a failover. */
export function isUnknownScript(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message.startsWith('NOSCRIPT');
}

/** A time as Redis takes it, at least one millisecond. */
export function milliseconds(seconds: number): string {
  return String(Math.max(1, Math.ceil(seconds * 1000)));
}
