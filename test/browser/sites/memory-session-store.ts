import {
  SessionStore,
  type SessionSelector,
  type SessionTouch,
  type StoredSession,
} from 'nestjs-upbond-auth';

/** Sessions in the memory of this process, as an application's own store would keep them. */
export class MemorySessionStore extends SessionStore {
  readonly capabilities = { atomicUpdate: true, index: true };
  readonly #sessions = new Map<string, StoredSession>();

  async create(session: StoredSession): Promise<void> {
    this.#sessions.set(session.id, session);
  }

  async read(id: string): Promise<StoredSession | undefined> {
    return this.#sessions.get(id);
  }

  async update(session: StoredSession): Promise<boolean> {
    const isNext = this.#sessions.get(session.id)?.version === session.version - 1;
    if (isNext) this.#sessions.set(session.id, session);
    return isNext;
  }

  async touch(id: string, touch: SessionTouch): Promise<boolean> {
    const known = this.#sessions.get(id);
    if (known) this.#sessions.set(id, { ...known, ...touch });
    return known !== undefined;
  }

  async destroy(id: string): Promise<void> {
    this.#sessions.delete(id);
  }

  async listBySubject(subject: string): Promise<readonly StoredSession[]> {
    return [...this.#sessions.values()].filter((session) => session.subject === subject);
  }

  async destroyAll({ subject, sid, createdBefore }: SessionSelector): Promise<number> {
    const meant = [...this.#sessions.values()].filter(
      (session) =>
        session.createdAt < createdBefore &&
        (session.subject === subject || (sid !== undefined && session.sid === sid)),
    );
    for (const { id } of meant) this.#sessions.delete(id);
    return meant.length;
  }
}
