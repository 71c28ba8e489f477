import { hash } from 'node:crypto';
import type { Session } from './session.js';

/** What stores and revocations know a session by: nothing that could be used as its cookie. */
export interface SessionDigests {
  readonly id: string;
  readonly subject: string;
  readonly sid: string | undefined;
}

/**
 * Makes digests for one instance. Its label is part of them, so that instances and applications which
 * share a store do not see each other's sessions.
 */
export class SessionDigester {
  readonly #known = new WeakMap<Session, SessionDigests>();

  constructor(private readonly label: string) {}

  of(session: Session): SessionDigests {
    const known = this.#known.get(session);
    if (known) return known;
    const { id, sub, sid } = session;
    const made = {
      id: this.id(id),
      subject: this.subject(sub),
      sid: sid ? this.sid(sid) : undefined,
    };
    this.#known.set(session, made);
    return made;
  }

  id(id: string): string {
    return this.digest('session', id);
  }

  subject(sub: string): string {
    return this.digest('subject', sub);
  }

  sid(sid: string): string {
    return this.digest('sid', sid);
  }

  private digest(kind: string, value: string): string {
    return hash('sha256', `${this.label}\n${kind}\n${value}`, 'base64url');
  }
}
