import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeenTexts } from './seen-texts.js';

const END = 'e'.repeat(32);

describe('SeenTexts', () => {
  it('gives what was remembered for exactly this text', () => {
    const seen = new SeenTexts<number>();
    seen.remember(`a${END}`, 1);
    expect(seen.get(`a${END}`)).toBe(1);
    for (const other of [END, `b${END}`, `aa${END}`, `A${END}`, `a${END}e`, 'a', '']) {
      expect(seen.get(other), other).toBeUndefined();
    }
  });

  it('finds no text that differs in any one character', () => {
    const text = Array.from({ length: 200 }, (_, index) => String.fromCharCode(48 + (index % 70)));
    const seen = new SeenTexts<number>();
    seen.remember(text.join(''), 1);
    for (const at of text.keys()) {
      expect(seen.get(text.with(at, '-').join('')), `character ${at}`).toBeUndefined();
      expect(seen.get(text.toSpliced(at, 1).join('')), `without ${at}`).toBeUndefined();
    }
    expect(seen.get(text.join(''))).toBe(1);
  });

  it('remembers the later of two texts with the same end', () => {
    const seen = new SeenTexts<number>();
    seen.remember(`a${END}`, 1);
    seen.remember(`b${END}`, 2);
    expect(seen.get(`a${END}`)).toBeUndefined();
    expect(seen.get(`b${END}`)).toBe(2);
    expect(seen.size).toBe(1);
  });

  it('replaces the value of a text, which is then the newest', () => {
    const seen = new SeenTexts<number>(2);
    seen.remember('one', 1);
    seen.remember('two', 2);
    seen.remember('one', 3);
    expect(seen.size).toBe(2);
    seen.remember('three', 4);
    expect(['one', 'two', 'three'].map((text) => seen.get(text))).toEqual([3, undefined, 4]);
  });

  it('forgets the oldest when there is too much', () => {
    const seen = new SeenTexts<number>(3);
    for (let index = 0; index < 10; index++) seen.remember(`text ${index}`, index);
    expect(seen.size).toBe(3);
    expect([6, 7, 8, 9].map((index) => seen.get(`text ${index}`))).toEqual([undefined, 7, 8, 9]);
  });

  it.each([1, 2, 3, 7])('remembers the newest %i, whatever the order of the texts', (most) => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { maxLength: 60 }), (numbers) => {
        const seen = new SeenTexts<number>(most);
        for (const number of numbers) seen.remember(`text ${number}`, number);
        const newest = [...new Set(numbers.toReversed())].slice(0, most);
        const found = [...Array(10).keys()].filter(
          (number) => seen.get(`text ${number}`) === number,
        );
        expect(found).toEqual(newest.toSorted((one, other) => one - other));
        expect(seen.size).toBe(newest.length);
      }),
    );
  });

  it('tells any two texts apart, whatever their characters', () => {
    const unit = fc.constantFrom('a', '\u0001', '\u0101', '\ud801', '\udc01', '\ufffd', '\u00e1');
    const anyText = fc.array(unit, { maxLength: 4 }).map((units) => units.join(''));
    fc.assert(
      fc.property(anyText, anyText, fc.boolean(), (one, other, isLong) => {
        const [text, asked] = [one, other].map((start) => start + (isLong ? END : ''));
        const seen = new SeenTexts<number>();
        seen.remember(text!, 1);
        expect(seen.get(text!)).toBe(1);
        expect(seen.get(asked!)).toBe(one === other ? 1 : undefined);
      }),
    );
  });

  it('forgets what it is told to', () => {
    const seen = new SeenTexts<number>();
    seen.remember('text', 1);
    seen.forget('text');
    expect([seen.size, seen.get('text')]).toEqual([0, undefined]);
  });
});
