import { expiring } from './express-record-cookie.js';
import { readChange, readLogin, readUse } from './express-records.js';
import type { ExpressStoreCalls } from './express-store-calls.js';
import { ExpressStoreError } from './express-store-errors.js';
import type { SessionTouch, StoredSession } from './session-store.js';

/** Where the records of a session lie. The login's has the id itself as its key. */
export function keysOf(id: string): { readonly change: string; readonly use: string } {
  return { change: `${id}.2`, use: `${id}.used` };
}

/** The session that the records of an id make up, if it has not expired. */
export async function load(
  calls: ExpressStoreCalls,
  id: string,
): Promise<StoredSession | undefined> {
  const { change, use } = keysOf(id);
  const records = await Promise.all([calls.get(id), calls.get(change), calls.get(use)]);
  const changed = withChange(readLogin(id, records[0]), records[1]);
  const session = changed && { ...changed, ...latest(changed, readUse(id, records[2])) };
  return session && isAlive(session) ? session : undefined;
}

function withChange(login: StoredSession | undefined, record: unknown): StoredSession | undefined {
  if (!login || !record) return login;
  const change = readChange(login.id, record);
  // A change that cannot be read must not bring back the tokens from before it
  if (!change || change.version <= login.version) return undefined;
  const { version, sealed } = change;
  return { ...login, version, sealed, ...latest(login, change) };
}

/** The times of the last use; of two in the same second, the one named last. */
export function latest(first: SessionTouch, second: SessionTouch | undefined): SessionTouch {
  const { lastSeenAt, idleExpiresAt } =
    second && second.lastSeenAt >= first.lastSeenAt ? second : first;
  return { lastSeenAt, idleExpiresAt };
}

// Not left to the store: some have a lifetime of their own that outlives the cookie's
function isAlive({ idleExpiresAt, expiresAt }: StoredSession): boolean {
  return Date.now() < Math.min(idleExpiresAt, expiresAt) * 1000;
}

/** Prolongs an entry; says whether there was one, as far as the store tells. */
export async function prolong(
  calls: ExpressStoreCalls,
  key: string,
  times: SessionTouch,
): Promise<boolean> {
  try {
    await calls.touch(key, expiring(times));
    return true;
  } catch (error) {
    // Some stores, such as connect-mongo, answer with an error when there is nothing to touch
    const isRefusal = error instanceof ExpressStoreError && error.reason === 'failed';
    if (isRefusal && !(await calls.get(key))) return false;
    throw error;
  }
}
