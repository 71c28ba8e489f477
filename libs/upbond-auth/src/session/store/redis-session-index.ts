import type { RedisCommands, RedisConnection } from '../../shared-memory/redis-connection.js';
import { END_BEFORE, LIST } from './redis-session-scripts.js';
import type { SessionSelector, StoredSession } from './session-store.js';

/** A session as the lists know it. */
export interface ListedSession {
  readonly id: string;
  readonly createdAt: number;
}

/** What says under which lists a session is found. */
export type Listing = Pick<StoredSession, 'id' | 'createdAt' | 'subject' | 'sid'>;

type ListKind = 'subject' | 'sid';

/** How long a revocation waits for logins that were being written while it ran. Far beyond a deadline. */
const IN_FLIGHT_SECONDS = 60;

/**
 * Which sessions a subject has, and a `sid`. In a cluster the lists and the sessions lie on different
 * nodes, so nothing spans them in one step: a list may name sessions that are gone, and never misses
 * one that is there, because it is written first.
 */
export class RedisSessionIndex {
  readonly #connection: RedisConnection;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
  }

  /** Lists a session, before it is written. */
  async add(redis: RedisCommands, session: StoredSession): Promise<void> {
    const expiry = String(Math.ceil(session.expiresAt * 1000));
    await this.#onLists(session, (key) => redis.run(LIST, key, memberOf(session), expiry));
  }

  /** Takes a session that is gone from its lists. */
  async remove(redis: RedisCommands, session: Listing): Promise<void> {
    await this.#onLists(session, (key) => redis.command('ZREM', key, memberOf(session)));
  }

  /** The sessions that a list names, some of which may be gone. */
  async list(redis: RedisCommands, kind: ListKind, name: string): Promise<ListedSession[]> {
    const reply = await redis.command('ZRANGE', this.#connection.key(kind, name), '0', '-1');
    const members = (reply as readonly string[]).map(fromMember);
    return [...new Map(members.map((one) => [one.id, one])).values()];
  }

  /** Remembers a revocation, before it begins, for logins that are being written just now. */
  async endBefore(redis: RedisCommands, kind: ListKind, selector: SessionSelector): Promise<void> {
    const key = this.#connection.key(`ended-${kind}`, selector[kind] ?? '');
    const time = String(selector.createdBefore);
    await redis.run(END_BEFORE, key, time, String(IN_FLIGHT_SECONDS * 1000));
  }

  /** Says whether a revocation that means this session began while it was being written. */
  async isEnded(redis: RedisCommands, session: StoredSession): Promise<boolean> {
    const times = await this.#onLists(session, (_key, kind, name) =>
      redis.command('GET', this.#connection.key(`ended-${kind}`, name)),
    );
    return times.some((time) => session.createdAt < Number(time ?? 0));
  }

  /** Says whether a listed session that cannot be found is gone, and not just being written. */
  isStale(session: ListedSession): boolean {
    return session.createdAt < Date.now() / 1000 - IN_FLIGHT_SECONDS;
  }

  #onLists(
    { subject, sid }: Pick<StoredSession, ListKind>,
    action: (key: string, kind: ListKind, name: string) => Promise<unknown>,
  ): Promise<unknown[]> {
    const lists: [ListKind, string][] = [['subject', subject]];
    if (sid) lists.push(['sid', sid]);
    return Promise.all(
      lists.map(([kind, name]) => action(this.#connection.key(kind, name), kind, name)),
    );
  }
}

function memberOf({ id, createdAt }: ListedSession): string {
  return `${createdAt}:${id}`;
}

function fromMember(member: string): ListedSession {
  const end = member.indexOf(':');
  return { id: member.slice(end + 1), createdAt: Number(member.slice(0, end)) };
}
