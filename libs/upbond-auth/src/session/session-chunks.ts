import type { OwnCookies } from '../cookies/cookie-header.js';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { GENERATION } from './generation.js';

/** Browsers keep at least 4096 bytes of name, value and attributes (RFC 6265 §6.1). */
const CHUNK_BYTES = 3800;
/** Together with 3 kB of transactions all our cookies stay under 8 kB. */
const BUDGET_BYTES = 5000;
/** At most this many duplicates of a cookie are tried, so that they cannot multiply. */
const MAX_DUPLICATES = 2;

/** What follows the start of a name: generation, index and count. */
const PLACE = new RegExp(`^(${GENERATION})-([0-3])\\.([1-4])$`);

/** A generation, and how many chunks it was written in. */
export interface Written {
  readonly generation: string;
  readonly count: number;
}

/** Chunks of one generation: how many there should be, and the values at each index. */
export interface Chunks extends Written {
  readonly values: (readonly string[] | undefined)[];
}

/** The names of a generation's cookies. */
export function chunkNames(start: string, written: Written): string[] {
  return Array.from({ length: written.count }, (_, index) => chunkName(start, written, index));
}

/** `<start><generation>-<index>.<count>` */
export function chunkName(start: string, { generation, count }: Written, index: number): string {
  return `${start}${generation}-${index}.${count}`;
}

/** Cuts a sealed text into cookies; throws `session_too_large` when it does not fit the budget. */
export function cut(
  sealed: string,
  start: string,
  generation: string,
): [name: string, value: string][] {
  const written = { generation, count: Math.ceil(sealed.length / CHUNK_BYTES) };
  const chunks = chunkNames(start, written).map((name, index): [string, string] => [
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

/** The generations that a request carries, whether they are complete or not. */
export function chunksIn(cookies: OwnCookies, start: string): Chunks[] {
  const found: Chunks[] = [];
  for (const [name, values] of cookies) {
    const place = placeOf(name, start);
    if (!place) continue;
    const { generation, index, count } = place;
    let chunks = found.find((one) => one.generation === generation && one.count === count);
    if (!chunks) found.push((chunks = { generation, count, values: [] }));
    chunks.values[index] = values;
  }
  return found;
}

/** Every way to put the chunks together; more than one only when a cookie came several times. */
export function combinations({ count, values }: Chunks): readonly string[] {
  const [first] = values;
  // The usual session: one cookie, sent once
  if (count === 1 && first?.length === 1) return first;
  let sealed = [''];
  for (let index = 0; index < count; index++) {
    const here = (values[index] ?? []).slice(0, MAX_DUPLICATES);
    sealed = sealed.flatMap((before) => here.map((value) => before + value));
  }
  return sealed.filter(Boolean);
}

function placeOf(name: string, start: string) {
  if (!name.startsWith(start)) return undefined;
  const [, generation, index, count] = PLACE.exec(name.slice(start.length)) ?? [];
  if (generation === undefined) return undefined;
  return { generation, index: Number(index), count: Number(count) };
}
