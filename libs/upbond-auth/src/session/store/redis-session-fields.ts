import type { StoredSession } from './session-store.js';

/** The fields of a session's hash, in the order in which they are read. */
export const FIELDS = [
  'version',
  'subject',
  'sid',
  'createdAt',
  'lastSeenAt',
  'idleExpiresAt',
  'expiresAt',
  'userAgent',
  'sealed',
] as const satisfies readonly (keyof StoredSession)[];

/** Field, value, field, value …: what `HSET` takes. Members that a session has not are left out. */
export function toHash(session: StoredSession): string[] {
  return FIELDS.flatMap((field) => {
    const value = session[field];
    return value === undefined ? [] : [field, String(value)];
  });
}

/** The session that the answer of `HMGET` means; an incomplete one is none. */
export function fromHash(id: string, reply: unknown): StoredSession | undefined {
  const values = reply as readonly (string | null)[];
  const [version, subject, sid, createdAt, lastSeenAt, idleExpiresAt, expiresAt] = values;
  const [userAgent, sealed] = values.slice(7);
  if (version === null || typeof subject !== 'string' || typeof sealed !== 'string')
    return undefined;
  return {
    id,
    version: Number(version),
    subject,
    ...(sid && { sid }),
    createdAt: Number(createdAt),
    lastSeenAt: Number(lastSeenAt),
    idleExpiresAt: Number(idleExpiresAt),
    expiresAt: Number(expiresAt),
    ...(typeof userAgent === 'string' && { userAgent }),
    sealed,
  };
}
