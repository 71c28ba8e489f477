import type { ExpressRecord } from './express-compatible-store.js';
import type { SessionTouch } from './session-store.js';

/** Looks like express-session's `Cookie`, as far as stores ask it when an entry expires. */
class RecordCookie {
  readonly originalMaxAge: number;
  readonly expires: Date;
  readonly httpOnly = true;
  readonly path = '/';

  constructor({ lastSeenAt, idleExpiresAt }: SessionTouch) {
    this.originalMaxAge = Math.round((idleExpiresAt - lastSeenAt) * 1000);
    this.expires = new Date(idleExpiresAt * 1000);
  }

  /** What some stores ask for; a getter, so that it is not stored, as in express-session. */
  get maxAge(): number {
    return this.expires.getTime() - Date.now();
  }
}

/** A record that says when it expires and nothing else: no store can mistake it for a session. */
export function expiring(times: SessionTouch): ExpressRecord {
  return { cookie: new RecordCookie(times) };
}
