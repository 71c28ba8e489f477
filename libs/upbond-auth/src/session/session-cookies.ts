import { hash } from 'node:crypto';
import type { OwnCookies } from '../cookies/cookie-header.js';
import type { CookieNames } from '../cookies/cookie-names.js';
import type { Sealer } from '../cookies/seal.js';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { Exchange } from '../exchange/exchange.js';
import { isGeneration, timeOf } from './generation.js';
import { OpenedValues } from './opened-values.js';

/** Browsers keep at least 4096 bytes of name, value and attributes (RFC 6265 §6.1). */
const CHUNK_BYTES = 3800;
/** Together with 3 kB of transactions all our cookies stay under 8 kB. */
const BUDGET_BYTES = 5000;
/** Logouts of one browser that are remembered in it. */
const MOST_TOMBSTONES = 4;

/** Deletions in one answer: what was planted in masses must not overflow its headers. */
const MOST_DELETIONS = 20;

/** What is kept in the cookies: the session itself, or the handle of one in a store. */
export interface CookieValue {
  readonly id: string;
  /** In seconds since the epoch. */
  readonly createdAt: number;
}

export interface Codec<Value> {
  encode(value: Value): Buffer;
  /** Nothing for bytes of another version of this library. */
  decode(bytes: Buffer): Value | undefined;
}

/** A generation, and how many chunks it was written in. */
export interface Written {
  readonly generation: string;
  readonly count: number;
}

/** A value that was read, and how it was written. */
export interface Held<Value> extends Written {
  readonly value: Value;
}

interface Opened<Value> {
  readonly value: Value;
  readonly tombstone: string;
}

/** Chunks of one generation: how many there should be, and the values at each place. */
interface Generation extends Written {
  readonly chunks: Map<number, readonly string[]>;
}

/**
 * Sealed cookies, cut into chunks `…-s-<generation>-<index>.<count>`. Of what opens the latest login
 * wins, and of it the newest generation; everything else is a leftover. A logout leaves a tombstone that
 * names the session, so that an answer which was in flight cannot bring it back.
 */
export class SessionCookies<Value extends CookieValue> {
  readonly #opened = new OpenedValues<Opened<Value>>();

  constructor(
    private readonly sealer: Sealer,
    private readonly names: CookieNames,
    private readonly codec: Codec<Value>,
  ) {}

  /** The newest value for which `isValid` holds, if no tombstone names it. */
  read(cookies: OwnCookies, isValid: (value: Value) => boolean): Held<Value> | undefined {
    return this.readAll(cookies, isValid)[0];
  }

  /**
   * All of them, newest first. There are several after a login that the browser did not send its cookies
   * with (`form_post`): what is not the newest has been replaced.
   */
  readAll(cookies: OwnCookies, isValid: (value: Value) => boolean): Held<Value>[] {
    if (cookies.size === 0) return [];
    const held = this.generations(cookies).flatMap((written) => {
      const value = this.open(written, cookies, isValid);
      const { generation, count } = written;
      return value ? [{ value, generation, count }] : [];
    });
    return held.sort(newestFirst);
  }

  /** The newest generation that the request carries and that was written here; a name alone proves nothing. */
  newestGeneration(cookies: OwnCookies): string | undefined {
    return this.read(cookies, () => true)?.generation;
  }

  /** Writes a value in a generation of its own and deletes all that the request carries of others. */
  write(exchange: Exchange, value: Value, generation: string, maxAgeSeconds: number): void {
    const sealed = this.sealer.seal(this.codec.encode(value), generation);
    const chunks = this.cut(sealed, generation);
    this.deleteExcept(exchange, { generation, count: chunks.length });
    for (const [name, chunk] of chunks) exchange.setCookie(name, chunk, maxAgeSeconds);
  }

  /** Deletes what the request carries besides the chunks of this generation. */
  deleteExcept(exchange: Exchange, { generation, count }: Written): void {
    const kept = new Set(this.chunkNames(generation, count));
    this.deleteWhere(exchange, (name) => !kept.has(name));
  }

  /**
   * Deletes everything, what was held first, and leaves a tombstone for it. The tombstone lasts as long
   * as a cookie that a late answer brings could.
   */
  bury(exchange: Exchange, held: Held<Value> | undefined, maxAgeSeconds: number): void {
    const first = new Set(held ? this.chunkNames(held.generation, held.count) : []);
    this.deleteWhere(exchange, (name) => first.has(name));
    this.deleteWhere(exchange, (name) => !first.has(name));
    if (!held) return;
    this.makeRoomForTombstone(exchange);
    exchange.setCookie(this.tombstone(held.value), '1', maxAgeSeconds);
  }

  /** Deletes what a late answer brought back after its session was buried. */
  deleteBuried(exchange: Exchange): void {
    const { cookies } = exchange;
    if (![...cookies.keys()].some((name) => name.startsWith(this.names.tombstone))) return;
    for (const written of this.generations(cookies)) {
      if (!this.opened(written).some(({ tombstone }) => cookies.has(tombstone))) continue;
      const names = new Set(this.chunkNames(written.generation, written.count));
      this.deleteWhere(exchange, (name) => names.has(name));
    }
  }

  private makeRoomForTombstone(exchange: Exchange): void {
    const names = [...exchange.cookies.keys()].filter((name) =>
      name.startsWith(this.names.tombstone),
    );
    // Browsers send the oldest first (RFC 6265 §5.4)
    const oldest = names.slice(0, Math.max(0, names.length - MOST_TOMBSTONES + 1));
    for (const name of oldest.slice(0, MOST_DELETIONS)) exchange.deleteCookie(name);
  }

  private open(
    written: Generation,
    cookies: OwnCookies,
    isValid: (value: Value) => boolean,
  ): Value | undefined {
    const valid = this.opened(written)
      .filter(({ value, tombstone }) => !cookies.has(tombstone) && isValid(value))
      .map(({ value }) => value);
    return valid.sort((one, other) => other.createdAt - one.createdAt)[0];
  }

  private opened({ generation, count, chunks }: Generation): Opened<Value>[] {
    return combinations(count, chunks).flatMap(
      (sealed) =>
        this.#opened.get(`${generation} ${sealed}`, () => this.unseal(sealed, generation)) ?? [],
    );
  }

  private unseal(sealed: string, generation: string): Opened<Value> | undefined {
    const bytes = this.sealer.open(sealed, generation);
    if (!bytes) return undefined;
    const value = this.codec.decode(bytes);
    return value && { value, tombstone: this.tombstone(value) };
  }

  private tombstone({ id }: Value): string {
    return `${this.names.tombstone}${hash('sha256', id, 'base64url').slice(0, 16)}`;
  }

  private cut(sealed: string, generation: string): [name: string, value: string][] {
    const count = Math.ceil(sealed.length / CHUNK_BYTES);
    const chunks = this.chunkNames(generation, count).map((name, index): [string, string] => [
      name,
      sealed.slice(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES),
    ]);
    const size = chunks.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
    if (size > BUDGET_BYTES) {
      throw new UpbondAuthException('session_too_large', {
        detail: `the session needs ${size} bytes of cookies, more than ${BUDGET_BYTES}: configure a sessionStore, let onLogin keep less of the user, or ask for fewer scopes`,
      });
    }
    return chunks;
  }

  private chunkNames(generation: string, count: number): string[] {
    const start = `${this.names.session}${generation}-`;
    return Array.from({ length: count }, (_, index) => `${start}${index}.${count}`);
  }

  private deleteWhere(exchange: Exchange, isWanted: (name: string) => boolean): void {
    const names = [...exchange.cookies.keys()].filter(
      (name) => name.startsWith(this.names.session) && isWanted(name),
    );
    for (const name of names.slice(0, MOST_DELETIONS)) exchange.deleteCookie(name);
  }

  /** The generations that the request carries. */
  private generations(cookies: OwnCookies): Generation[] {
    const found = new Map<string, Generation>();
    for (const [name, values] of cookies) {
      const place = this.placeOf(name);
      if (!place) continue;
      const { generation, index, count } = place;
      const key = `${generation}.${count}`;
      const known = found.get(key) ?? { generation, count, chunks: new Map() };
      known.chunks.set(index, values);
      found.set(key, known);
    }
    return [...found.values()];
  }

  private placeOf(name: string) {
    if (!name.startsWith(this.names.session)) return undefined;
    const [generation = '', place = ''] = name.slice(this.names.session.length).split('-');
    const [, index, count] = /^([0-3])\.([1-4])$/.exec(place) ?? [];
    if (index === undefined || !isGeneration(generation)) return undefined;
    return { generation, index: Number(index), count: Number(count) };
  }
}

/** The later login; of one session, the later generation. */
function newestFirst(one: Held<CookieValue>, other: Held<CookieValue>): number {
  const later = other.value.createdAt - one.value.createdAt;
  return later || timeOf(other.generation) - timeOf(one.generation);
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
