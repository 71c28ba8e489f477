import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cookieNames } from './cookie-names.js';
import { ownCookies } from './cookie-header.js';
import { ownCopy } from './own-copy.js';
import { Sealer } from './seal.js';
import { SeenTexts } from './seen-texts.js';
import { cut } from '../session/session-chunks.js';
import { SessionCookies } from '../session/session-cookies.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const HEADERS = 200;
const HEADER_BYTES = 100_000;

/** What stays in memory, in bytes, of headers that end in these texts, after each was given to `use`. */
function retainedOf(ends: readonly string[], use: (header: string) => void): number {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (const end of ends) {
    use(Buffer.from(`other=${'o'.repeat(HEADER_BYTES)}; ${end}`).toString());
  }
  collectGarbage();
  return process.memoryUsage().heapUsed - before;
}

describe('ownCopy', () => {
  it('is the same text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => ownCopy(text) === text));
  });

  // The whole headers have 20 MB
  const FEW_BYTES = 2_000_000;
  const ends = Array.from({ length: HEADERS }, (_, index) => `${index}`.padStart(100, 'e'));

  it('keeps nothing of the text that it is a part of, which a part does', () => {
    const parts: string[] = [];
    const partsRetain = retainedOf(ends, (header) => parts.push(header.slice(-100)));
    const copies: string[] = [];
    const copiesRetain = retainedOf(ends, (header) => copies.push(ownCopy(header.slice(-100))));
    expect(partsRetain).toBeGreaterThan(HEADERS * HEADER_BYTES);
    expect(copiesRetain).toBeLessThan(FEW_BYTES);
    expect(copies).toEqual(parts);
  });

  it('is what texts that were seen are remembered by', () => {
    const seen = new SeenTexts<number>();
    const retained = retainedOf(ends, (header) => seen.remember(header.slice(-100), 1));
    expect(seen.size).toBe(HEADERS);
    expect(retained).toBeLessThan(FEW_BYTES);
  });

  it('is what opened sessions are remembered by: their cookie headers are forgotten', () => {
    const names = cookieNames('Digest', true);
    const sealer = new Sealer(['k9Xw2LrT8vQzB4mN7cYhJ6pDf3GsA5Ue'], 'session');
    const json = { encode: (value: object) => Buffer.from(JSON.stringify(value)) };
    const decode = (bytes: Buffer) => JSON.parse(bytes.toString()) as { id: string; createdAt: 0 };
    const sessions = new SessionCookies(sealer, names, { ...json, decode });
    const generation = 'mf3k2p9a1c0ffee';
    const pairs = ends.map((_, index) => {
      const sealed = sealer.seal(json.encode({ id: `${index}`, createdAt: 0 }), generation);
      const [[name, value]] = cut(sealed, names.session, generation) as [[string, string]];
      return `${name}=${value}`;
    });
    const ids: (string | undefined)[] = [];
    const retained = retainedOf(pairs, (header) => {
      ids.push(sessions.read(ownCookies(header, names.prefix), () => true)?.value.id);
    });
    expect(ids).toEqual(pairs.map((_, index) => `${index}`));
    expect(retained).toBeLessThan(FEW_BYTES);
  });
});
