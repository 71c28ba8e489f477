import { webcrypto } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Sealer } from './seal.js';

const SECRET = 'k9Xw2LrT8vQzB4mN7cYhJ6pDf3GsA5Ue';
const OTHER = 'Zt5Vb8Nq1Ws4Xe7Rc2Tf9Yg6Uh3Ij0Ko';
const PURPOSE = 'default AbC123 session';
const CONTEXT = '0mwrzz0lb6b32da';

/** Sealed once with the secret, purpose and context above. Sessions in browsers look like this. */
const KNOWN =
  'AYRu15daMJohgobErlAAg-0pHvdpeA8L-N2rDWA7Vt9qCHkCW643FC8xb1n5kETXB8zGYx8Q5Q9gkz5QgrlQc2dizA9JEjBJavIM4DWxMDE';
const KNOWN_PLAINTEXT = '{"i":"known answer","u":{"sub":"did:key:z6Mk"}}';
const KNOWN_EMPTY = 'AYRu15fTtSP4O9xcwdnIV-5XQnMk7ffWV6bXB4pYi4yK';

const sealer = new Sealer([SECRET], PURPOSE);
const open = (sealed: string, context = CONTEXT) => sealer.open(sealed, context)?.toString();

/** The documented layout, opened by another implementation of HKDF and AES-GCM. */
async function openByWebCrypto(sealed: string): Promise<string> {
  const bytes = Buffer.from(sealed, 'base64url');
  const text = (value: string) => new TextEncoder().encode(value);
  const { subtle } = webcrypto;
  const secret = await subtle.importKey('raw', text(SECRET), 'HKDF', false, ['deriveBits']);
  const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: text('nestjs-upbond-auth') };
  const derived = await subtle.deriveBits({ ...hkdf, info: text(PURPOSE) }, secret, 36 * 8);
  expect(bytes[0]).toBe(1);
  expect(bytes.subarray(1, 5)).toEqual(Buffer.from(derived.slice(0, 4)));
  const key = await subtle.importKey('raw', derived.slice(4), 'AES-GCM', false, ['decrypt']);
  const additionalData = Buffer.concat([bytes.subarray(0, 5), Buffer.from(CONTEXT)]);
  const gcm = { name: 'AES-GCM', iv: bytes.subarray(5, 17), additionalData, tagLength: 128 };
  return Buffer.from(await subtle.decrypt(gcm, key, bytes.subarray(17))).toString();
}

/** Any UTF-16 text, lone surrogates included. */
const anyText = fc
  .array(fc.nat(0xffff), { maxLength: 40 })
  .map((units) => String.fromCharCode(...units));

describe('Sealer', () => {
  it('opens what it sealed before: a change of format would sign everybody out', () => {
    expect(open(KNOWN)).toBe(KNOWN_PLAINTEXT);
    expect(open(KNOWN_EMPTY, '')).toBe('');
  });

  it('has the layout that it documents', async () => {
    expect(await openByWebCrypto(KNOWN)).toBe(KNOWN_PLAINTEXT);
    expect(await openByWebCrypto(sealer.seal(Buffer.from('fresh'), CONTEXT))).toBe('fresh');
  });

  it('gives back any bytes in any context', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.string(), (plaintext, context) => {
        const sealed = sealer.seal(plaintext, context);
        expect(sealed).toMatch(/^[\w-]+$/);
        expect(sealer.open(sealed, context)).toEqual(Buffer.from(plaintext));
      }),
    );
  });

  it('never seals the same bytes to the same text, and shows nothing of them', () => {
    const sealed = Array.from({ length: 100 }, () => sealer.seal(Buffer.from('plain'), CONTEXT));
    expect(new Set(sealed).size).toBe(100);
    expect(new Set(sealed.map((text) => text.slice(0, 28))).size).toBe(100);
    expect(Buffer.from(sealed[0]!, 'base64url').toString('latin1')).not.toContain('plain');
  });

  it('does not open when any bit is flipped', () => {
    const bytes = Buffer.from(KNOWN, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(open(changed.toString('base64url')), `bit ${bit}`).toBeUndefined();
    }
  });

  it('does not open when any byte is cut out, cut off or doubled', () => {
    const bytes = Buffer.from(KNOWN, 'base64url');
    for (let at = 0; at < bytes.length; at++) {
      const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
      for (const changed of [
        before,
        Buffer.concat([before, bytes.subarray(at + 1)]),
        Buffer.concat([before, bytes.subarray(at, at + 1), after]),
      ]) {
        expect(open(changed.toString('base64url')), `byte ${at}`).toBeUndefined();
      }
    }
  });

  it('opens in one spelling only', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (const known of [KNOWN, sealer.seal(Buffer.from('1'), CONTEXT)]) {
      const spellings = Array.from(alphabet).map((last) => known.slice(0, -1) + last);
      expect(spellings.filter((text) => open(text) !== undefined)).toEqual([known]);
      for (const tail of ['A', '=', '==', '\n', ' ']) expect(open(known + tail)).toBeUndefined();
    }
    expect(open(Buffer.from(KNOWN, 'base64url').toString('base64'))).toBeUndefined();
  });

  it('opens to nothing after any edit of the text', () => {
    const edit = fc.tuple(fc.nat(KNOWN.length), fc.nat(4), fc.string({ maxLength: 4 }));
    fc.assert(
      fc.property(edit, ([at, removed, inserted]) => {
        const edited = KNOWN.slice(0, at) + inserted + KNOWN.slice(at + removed);
        expect(open(edited)).toBe(edited === KNOWN ? KNOWN_PLAINTEXT : undefined);
      }),
      { numRuns: 2000 },
    );
  });

  it('opens no arbitrary text and never throws', () => {
    fc.assert(
      fc.property(anyText, fc.base64String(), (text, base64) => {
        expect(open(text)).toBeUndefined();
        expect(open(base64)).toBeUndefined();
        expect(open(KNOWN.slice(0, 6) + base64)).toBeUndefined();
      }),
    );
    for (const text of ['', '=', `${KNOWN}=`, `${KNOWN}\n`, ` ${KNOWN}`, `"${KNOWN}"`]) {
      expect(open(text)).toBeUndefined();
    }
  });

  it('keeps purposes apart', () => {
    for (const purpose of ['default AbC123 transaction', 'admin AbC123 session', '', 'session']) {
      expect(new Sealer([SECRET], purpose).open(KNOWN, CONTEXT)).toBeUndefined();
    }
  });

  it('keeps contexts apart', () => {
    for (const context of ['', `${CONTEXT} `, CONTEXT.toUpperCase(), '0mwrzz0lb6b32db']) {
      expect(open(KNOWN, context)).toBeUndefined();
    }
  });

  it('opens with every secret of the list and seals with the first', () => {
    const rotated = new Sealer([OTHER, SECRET], PURPOSE);
    expect(rotated.open(KNOWN, CONTEXT)?.toString()).toBe(KNOWN_PLAINTEXT);
    const sealed = rotated.seal(Buffer.from('new'), CONTEXT);
    expect(open(sealed)).toBeUndefined();
    expect(new Sealer([OTHER], PURPOSE).open(sealed, CONTEXT)?.toString()).toBe('new');
    expect(new Sealer([OTHER], PURPOSE).open(KNOWN, CONTEXT)).toBeUndefined();
  });

  it('does not seal without a secret', () => {
    expect(() => new Sealer([], PURPOSE).seal(Buffer.from('x'), CONTEXT)).toThrow(TypeError);
    expect(new Sealer([], PURPOSE).open(KNOWN, CONTEXT)).toBeUndefined();
  });
});
