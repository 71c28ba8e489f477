import type { ExpressRecord } from './express-compatible-store.js';
import type { SessionTouch, StoredSession } from './session-store.js';

/** What a later write changes of a session; the rest is as the login made it. */
export type SessionChange = SessionTouch & Pick<StoredSession, 'id' | 'version' | 'sealed'>;

const CHANGE = { id: 'string', version: 'number', sealed: 'string' } as const;
const TOUCH = { lastSeenAt: 'number', idleExpiresAt: 'number' } as const;
const LOGIN = {
  ...CHANGE,
  ...TOUCH,
  subject: 'string',
  createdAt: 'number',
  expiresAt: 'number',
} as const;

interface OwnRecord extends ExpressRecord {
  readonly upbond: object;
}

/** The entry of the login: a session exists exactly as long as this does. */
export function loginRecord(session: StoredSession): OwnRecord {
  return { ...prolongation(session), upbond: session };
}

/** The newest write after the login. It says nothing about the user that is not sealed. */
export function changeRecord(session: StoredSession): OwnRecord {
  const { id, version, lastSeenAt, idleExpiresAt, sealed } = session;
  // Until the end of the session: a login entry that outlived it would bring back older tokens
  const cookie = new RecordCookie(lastSeenAt, session.expiresAt);
  return { cookie, upbond: { id, version, lastSeenAt, idleExpiresAt, sealed } };
}

/** When the session was last used: not every store writes down what it is touched with. */
export function touchRecord(id: string, touch: SessionTouch): OwnRecord {
  const { lastSeenAt, idleExpiresAt } = touch;
  return { ...prolongation(touch), upbond: { id, lastSeenAt, idleExpiresAt } };
}

/** What a store is touched with: nothing that a store could mistake for a session. */
export function prolongation({ lastSeenAt, idleExpiresAt }: SessionTouch): ExpressRecord {
  return { cookie: new RecordCookie(lastSeenAt, idleExpiresAt) };
}

export function readLogin(id: string, record: unknown): StoredSession | undefined {
  return readOwn<StoredSession>(id, record, LOGIN);
}

export function readChange(id: string, record: unknown): SessionChange | undefined {
  return readOwn<SessionChange>(id, record, { ...CHANGE, ...TOUCH });
}

export function readTouch(id: string, record: unknown): SessionTouch | undefined {
  return readOwn<SessionTouch>(id, record, { id: 'string', ...TOUCH });
}

// A store holds what an express-session application put there, too: only what is ours and whole is read
function readOwn<Own extends object>(
  id: string,
  record: unknown,
  members: Readonly<Record<string, 'string' | 'number'>>,
): Own | undefined {
  const own = (record as { upbond?: Own } | null | undefined)?.upbond as
    (Own & Readonly<Record<string, unknown>>) | undefined;
  if (own?.['id'] !== id) return undefined;
  return Object.entries(members).every(([name, type]) => typeof own[name] === type)
    ? own
    : undefined;
}

/** Looks like express-session's `Cookie`, as far as stores ask it when an entry expires. */
class RecordCookie {
  readonly originalMaxAge: number;
  readonly expires: Date;
  readonly httpOnly = true;
  readonly path = '/';

  constructor(from: number, until: number) {
    this.originalMaxAge = Math.round((until - from) * 1000);
    this.expires = new Date(until * 1000);
  }

  /** Not among the members that are stored, as in express-session. */
  get maxAge(): number {
    return this.expires.getTime() - Date.now();
  }
}
