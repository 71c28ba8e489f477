import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packText, unpackText } from './packed-text.js';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const run = fc
  .array(fc.constantFrom(...Array.from(BASE64URL)), { maxLength: 200, size: 'max' })
  .map((characters) => characters.join(''));
/** Any text that UTF-8 can say, which is all that JSON is: `JSON.stringify` escapes lone surrogates. */
const plain = fc.string({ unit: 'binary' });
const anyText = fc.array(fc.oneof(run, plain), { size: 'max', maxLength: 12 });

describe('a packed text', () => {
  it('is exactly the text again, and at most three bytes longer', () => {
    fc.assert(
      fc.property(anyText, (pieces) => {
        const text = pieces.join('');
        const packed = packText(text);
        expect(unpackText(packed)).toBe(text);
        expect(packed.length).toBeLessThanOrEqual(Buffer.byteLength(text) + 3);
      }),
      { numRuns: 500 },
    );
  });

  it.each([0, 1, 3, 31, 32, 33, 34, 35, 36, 300_000])('keeps a run of %i characters', (length) => {
    const text = BASE64URL.repeat(Math.ceil(length / 64)).slice(0, length);
    for (const around of [text, `"${text}"`, `é${text}😀`, `${text}.${text}`]) {
      expect(unpackText(packText(around))).toBe(around);
    }
  });

  it('stores a token in three quarters of its length', () => {
    const part = BASE64URL.repeat(4);
    expect(packText(`${part}.${part}.${part}`).length).toBeLessThan(0.75 * 3 * 256 + 25);
  });

  it('is nothing when it is cut within a part', () => {
    const packed = packText(`{"a":"${BASE64URL}"}`);
    const whole = [0, 9, 60, packed.length]; // before, between and after the parts
    for (let length = 0; length <= packed.length; length++) {
      const unpacked = unpackText(packed.subarray(0, length));
      expect(unpacked === undefined, `${length} bytes`).toBe(!whole.includes(length));
    }
  });

  it('never throws and cannot grow much, whatever the bytes are', () => {
    const length = fc.nat(40).map((value) => Uint8Array.of(0, 0, value));
    const piece = fc.oneof(length, fc.uint8Array({ maxLength: 40 }));
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const bytes = Buffer.concat(pieces);
        expect(unpackText(bytes)?.length ?? 0).toBeLessThanOrEqual((bytes.length * 4) / 3);
      }),
    );
  });
});
