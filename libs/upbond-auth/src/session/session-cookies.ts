import type { CookieNames } from '../cookies/cookie-names.js';
import type { OwnCookies } from '../cookies/cookie-header.js';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { Exchange } from '../exchange/exchange.js';
import type { Sealer } from '../cookies/seal.js';
import { isGeneration, nextGeneration } from './generation.js';
import type { OpenedSessions } from './opened-sessions.js';
import { decodeSession, encodeSession } from './session-payload.js';
import type { Session } from './session.js';

/** Browsers keep at least 4096 bytes of name, value and attributes (RFC 6265 §6.1). */
const CHUNK_BYTES = 3800;
/** Together with 3 kB of transactions all our cookies stay under 8 kB. */
const BUDGET_BYTES = 5000;

/** Chunks of one generation: how many there should be, and the values at each place. */
interface Generation {
  readonly generation: string;
  readonly count: number;
  readonly chunks: Map<number, readonly string[]>;
}

/**
 * The session as a sealed cookie, cut into chunks `…-s-<generation>-<index>.<count>`. The newest
 * generation that opens wins; every other one is a leftover and is deleted when it is seen.
 */
export class SessionCookies {
  constructor(
    private readonly sealer: Sealer,
    private readonly names: CookieNames,
    private readonly opened: OpenedSessions,
    private readonly now: () => number,
  ) {}

  /** The session of this request, if it has one. */
  read(cookies: OwnCookies): Session | undefined {
    if (cookies.size === 0) return undefined;
    for (const generation of this.generations(cookies)) {
      const session = this.open(generation);
      if (session) return session;
    }
    return undefined;
  }

  /** Writes a session of a new generation and deletes the ones before it. */
  write(exchange: Exchange, session: Session): void {
    const [newest] = this.generations(exchange.cookies);
    const generation = nextGeneration(this.now() * 1000, newest?.generation);
    const sealed = this.sealer.seal(encodeSession(session), generation);
    const chunks = this.cut(sealed, generation);
    this.delete(exchange);
    const maxAge = Math.ceil(session.expiresAt - this.now());
    for (const [name, value] of chunks) exchange.setCookie(name, value, maxAge);
  }

  /** Deletes every session cookie that the request carries. */
  delete(exchange: Exchange): void {
    for (const name of exchange.cookies.keys()) {
      if (name.startsWith(this.names.session)) exchange.deleteCookie(name);
    }
  }

  private open({ generation, count, chunks }: Generation): Session | undefined {
    for (const sealed of combinations(count, chunks)) {
      const session = this.opened.get(sealed, () => {
        const bytes = this.sealer.open(sealed, generation);
        return bytes && decodeSession(bytes);
      });
      if (session && session.expiresAt > this.now()) return session;
    }
    return undefined;
  }

  private cut(sealed: string, generation: string): [name: string, value: string][] {
    const count = Math.ceil(sealed.length / CHUNK_BYTES);
    const chunks = Array.from({ length: count }, (_, index): [string, string] => [
      `${this.names.session}${generation}-${index}.${count}`,
      sealed.slice(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES),
    ]);
    const size = chunks.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
    if (size > BUDGET_BYTES) {
      throw new UpbondAuthException('session_too_large', {
        detail: `the session needs ${size} bytes of cookies, more than ${BUDGET_BYTES}; let onLogin keep less of the user, or ask for fewer scopes`,
      });
    }
    return chunks;
  }

  /** The generations that the request carries, newest first. */
  private generations(cookies: OwnCookies): Generation[] {
    const found = new Map<string, Generation>();
    for (const [name, values] of cookies) {
      const place = this.placeOf(name);
      if (!place) continue;
      const { generation, index, count } = place;
      const key = `${generation}.${count}`;
      if (!found.has(key)) found.set(key, { generation, count, chunks: new Map() });
      found.get(key)!.chunks.set(index, values);
    }
    return [...found.values()].sort((a, b) => (a.generation < b.generation ? 1 : -1));
  }

  private placeOf(name: string) {
    if (!name.startsWith(this.names.session)) return undefined;
    const [generation = '', place = ''] = name.slice(this.names.session.length).split('-');
    const [, index, count] = /^([0-3])\.([1-4])$/.exec(place) ?? [];
    if (index === undefined || !isGeneration(generation)) return undefined;
    return { generation, index: Number(index), count: Number(count) };
  }
}

/** At most this many duplicates of a cookie are tried, so that they cannot multiply. */
const MAX_DUPLICATES = 2;

/** Every way to put the chunks together; more than one only when a cookie came several times. */
function combinations(count: number, chunks: Map<number, readonly string[]>): string[] {
  let sealed = [''];
  for (let index = 0; index < count; index++) {
    const values = (chunks.get(index) ?? []).slice(0, MAX_DUPLICATES);
    sealed = sealed.flatMap((start) => values.map((value) => start + value));
  }
  return sealed.filter(Boolean);
}
