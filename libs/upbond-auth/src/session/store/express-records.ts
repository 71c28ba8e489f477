import type { ExpressRecord } from './express-compatible-store.js';
import { expiring } from './express-record-cookie.js';
import type { SessionTouch, StoredSession } from './session-store.js';

/** What a later write changes of a session; the rest is as the login made it. */
export type SessionChange = SessionTouch & Pick<StoredSession, 'id' | 'version' | 'sealed'>;
/** When a session was last used. */
export type SessionUse = SessionTouch & Pick<StoredSession, 'id'>;

type Kind = 'string' | 'number' | 'string or none';
type Members<Content> = Readonly<Record<keyof Content & string, Kind>>;

const USE: Members<SessionUse> = { id: 'string', lastSeenAt: 'number', idleExpiresAt: 'number' };
const CHANGE: Members<SessionChange> = { ...USE, version: 'number', sealed: 'string' };
const LOGIN: Members<StoredSession> = {
  ...CHANGE,
  subject: 'string',
  sid: 'string or none',
  createdAt: 'number',
  expiresAt: 'number',
  userAgent: 'string or none',
};

/** The entry of the login: a session exists exactly as long as this does. */
export function loginRecord(session: StoredSession): ExpressRecord {
  const idleExpiresAt = Math.min(session.idleExpiresAt, session.expiresAt);
  return { ...expiring({ ...session, idleExpiresAt }), ...holding<StoredSession>(session, LOGIN) };
}

/** The newest write after the login. It says nothing about the user that is not sealed. */
export function changeRecord(session: StoredSession): ExpressRecord {
  // Until the end of the session: a login entry that outlived it would bring back older tokens
  const times = { ...session, idleExpiresAt: session.expiresAt };
  return { ...expiring(times), ...holding<SessionChange>(session, CHANGE) };
}

/** When the session was last used: not every store writes down what it is touched with. */
export function useRecord(use: SessionUse): ExpressRecord {
  return { ...expiring(use), ...holding<SessionUse>(use, USE) };
}

export function readLogin(id: string, record: unknown): StoredSession | undefined {
  return read(id, record, LOGIN);
}

export function readChange(id: string, record: unknown): SessionChange | undefined {
  return read(id, record, CHANGE);
}

export function readUse(id: string, record: unknown): SessionUse | undefined {
  return read(id, record, USE);
}

/** Only the named members: whatever else an object has stays out of the store. */
function holding<Content extends object>(content: Content, members: Members<Content>): object {
  return { upbond: pick(content, members) };
}

/** The content of a record, unless it is somebody else's, of another session, or damaged. */
function read<Content extends { readonly id: string }>(
  id: string,
  record: unknown,
  members: Members<Content>,
): Content | undefined {
  const { upbond } = Object(record) as { upbond?: unknown };
  const content = pick(Object(upbond) as Partial<Content>, members);
  return content?.id === id ? content : undefined;
}

function pick<Content extends object>(
  source: Partial<Content>,
  members: Members<Content>,
): Content | undefined {
  const picked: Partial<Content> = {};
  for (const name of Object.keys(members) as (keyof Content & string)[]) {
    const value = source[name];
    if (value === undefined && members[name] === 'string or none') continue;
    if (typeof value !== members[name].split(' ')[0]) return undefined;
    picked[name] = value;
  }
  return picked as Content;
}
