import { hash } from 'node:crypto';
import type { OwnCookies } from '../cookies/cookie-header.js';
import type { CookieNames } from '../cookies/cookie-names.js';
import { ownCopy } from '../cookies/own-copy.js';
import type { Sealer } from '../cookies/seal.js';
import { SeenTexts } from '../cookies/seen-texts.js';
import type { Exchange } from '../exchange/exchange.js';
import { timeOf } from './generation.js';
import {
  chunkName,
  chunkNames,
  chunksIn,
  combinations,
  cut,
  type Chunks,
  type Written,
} from './session-chunks.js';

/** Logouts of one browser that are remembered in it. */
const MOST_TOMBSTONES = 4;

/** Deletions in one answer: what was planted in masses must not overflow its headers. */
const MOST_DELETIONS = 20;

/** What is kept in the cookies: the session itself, or the handle of one in a store. */
export interface CookieValue {
  readonly id: string;
  /** In seconds since the epoch. */
  readonly createdAt: number;
  /** Which of two states of one session is the newer, where it holds tokens that are refreshed. */
  readonly refreshNumber?: number;
}

export interface Codec<Value> {
  encode(value: Value): Buffer;
  /** Nothing for bytes of another version of this library. */
  decode(bytes: Buffer): Value | undefined;
}

/** A value that was read, and how it was written. */
export interface Held<Value> extends Written {
  readonly value: Value;
}

/** What a sealed text opened to; it is authenticated with its generation and opens in no other. */
interface Opened<Value> {
  readonly value: Value;
  readonly generation: string;
  /** The name of the cookie that it fits into as a whole. */
  readonly name: string;
}

/**
 * Sealed cookies, cut into chunks `…-s-<generation>-<index>.<count>`. Of what opens the latest login
 * wins, and of it the newest tokens; everything else is a leftover. A logout leaves a tombstone that
 * names the session, so that an answer which was in flight cannot bring it back.
 */
export class SessionCookies<Value extends CookieValue> {
  readonly #opened = new SeenTexts<Opened<Value>>();

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
    const usual = this.usual(cookies);
    if (usual) return isValid(usual.value) ? [usual] : [];
    const held: Held<Value>[] = [];
    for (const written of chunksIn(cookies, this.names.session)) {
      const value = this.open(written, cookies, isValid);
      const { generation, count } = written;
      if (value) held.push({ value, generation, count });
    }
    return held.length > 1 ? held.sort(newestFirst) : held;
  }

  /** The newest generation that the request carries and that was written here; a name alone proves nothing. */
  newestGeneration(cookies: OwnCookies): string | undefined {
    return this.read(cookies, () => true)?.generation;
  }

  /** Writes a value in a generation of its own and deletes all that the request carries of others. */
  write(exchange: Exchange, value: Value, generation: string, maxAgeSeconds: number): void {
    const sealed = this.sealer.seal(this.codec.encode(value), generation);
    const chunks = cut(sealed, this.names.session, generation);
    this.deleteExcept(exchange, { generation, count: chunks.length });
    this.deleteSet(exchange);
    for (const [name, chunk] of chunks) exchange.setCookie(name, chunk, maxAgeSeconds);
  }

  /** Deletes what the request carries of other sessions and generations than the one that was read. */
  deleteLeftovers(exchange: Exchange, held: Held<Value>): void {
    if (!isAll(exchange.cookies, held)) this.deleteExcept(exchange, held);
  }

  private deleteExcept(exchange: Exchange, { generation, count }: Written): void {
    const kept = new Set(chunkNames(this.names.session, { generation, count }));
    this.deleteWhere(exchange, (name) => !kept.has(name));
  }

  /**
   * Deletes everything, what was held first, and leaves a tombstone for it. The tombstone lasts as long
   * as a cookie that a late answer brings could.
   */
  bury(exchange: Exchange, held: Held<Value> | undefined, maxAgeSeconds: number): void {
    const first = new Set(held ? chunkNames(this.names.session, held) : []);
    this.deleteWhere(exchange, (name) => first.has(name));
    this.deleteWhere(exchange, (name) => !first.has(name));
    this.deleteSet(exchange);
    if (!held) return;
    this.makeRoomForTombstone(exchange);
    exchange.setCookie(this.tombstone(held.value), '1', maxAgeSeconds);
  }

  /** Deletes what a late answer brought back after its session was buried. */
  deleteBuried(exchange: Exchange): void {
    const { cookies } = exchange;
    if (!this.hasTombstones(cookies)) return;
    for (const written of chunksIn(cookies, this.names.session)) {
      if (!this.opened(written).some((value) => this.isBuried(value, cookies))) continue;
      const names = new Set(chunkNames(this.names.session, written));
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

  /** What the only cookie of a request holds, if it was opened before: nothing else needs to be looked for. */
  private usual(cookies: OwnCookies): Held<Value> | undefined {
    if (cookies.size > 1) return undefined;
    for (const [name, [sealed = '', another]] of cookies) {
      const seen = another === undefined && this.#opened.get(sealed);
      if (!seen || seen.name !== name) return undefined;
      return { value: seen.value, generation: seen.generation, count: 1 };
    }
    return undefined;
  }

  private open(
    written: Chunks,
    cookies: OwnCookies,
    isValid: (value: Value) => boolean,
  ): Value | undefined {
    let latest: Value | undefined;
    for (const value of this.opened(written)) {
      if (this.isBuried(value, cookies) || !isValid(value)) continue;
      if (!latest || value.createdAt > latest.createdAt) latest = value;
    }
    return latest;
  }

  private opened(chunks: Chunks): Value[] {
    const opened: Value[] = [];
    for (const sealed of combinations(chunks)) {
      const value = this.unseal(sealed, chunks.generation);
      if (value) opened.push(value);
    }
    return opened;
  }

  private unseal(sealed: string, generation: string): Value | undefined {
    const seen = this.#opened.get(sealed);
    if (seen?.generation === generation) return seen.value;
    const bytes = this.sealer.open(sealed, generation);
    const value = bytes && this.codec.decode(bytes);
    if (!value) return undefined;
    const own = ownCopy(generation);
    const name = chunkName(this.names.session, { generation: own, count: 1 }, 0);
    this.#opened.remember(sealed, { value, generation: own, name });
    return value;
  }

  private isBuried(value: Value, cookies: OwnCookies): boolean {
    return this.hasTombstones(cookies) && cookies.has(this.tombstone(value));
  }

  private hasTombstones(cookies: OwnCookies): boolean {
    for (const name of cookies.keys()) if (name.startsWith(this.names.tombstone)) return true;
    return false;
  }

  private tombstone({ id }: Value): string {
    return `${this.names.tombstone}${hash('sha256', id, 'base64url').slice(0, 16)}`;
  }

  private deleteSet(exchange: Exchange): void {
    for (const name of exchange.cookiesSet) {
      if (name.startsWith(this.names.session)) exchange.deleteCookie(name);
    }
  }

  private deleteWhere(exchange: Exchange, isWanted: (name: string) => boolean): void {
    const names = [...exchange.cookies.keys()].filter(
      (name) => name.startsWith(this.names.session) && isWanted(name),
    );
    for (const name of names.slice(0, MOST_DELETIONS)) exchange.deleteCookie(name);
  }
}

/** Whether a request carries no other cookie of ours. */
export function isAll(cookies: OwnCookies, { count }: Written): boolean {
  return cookies.size === count;
}

/** The later login; of one session, the newer tokens and then the later generation. */
function newestFirst(one: Held<CookieValue>, other: Held<CookieValue>): number {
  const later = other.value.createdAt - one.value.createdAt;
  const newer = (other.value.refreshNumber ?? 0) - (one.value.refreshNumber ?? 0);
  return later || newer || timeOf(other.generation) - timeOf(one.generation);
}
