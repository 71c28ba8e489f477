import { describe, expect, it } from 'vitest';
import { randomBytes } from './random-bytes.js';

describe('randomBytes', () => {
  it.each([0, 1, 12, 32, 4095, 4096, 4097, 10_000])('gives %i bytes', (size) => {
    expect(randomBytes(size)).toHaveLength(size);
  });

  it('gives no byte out twice, and changes none afterwards', () => {
    const given = Array.from({ length: 2000 }, () => randomBytes(16));
    const before = given.map((bytes) => bytes.toString('hex'));
    expect(new Set(before).size).toBe(2000);
    randomBytes(4096);
    expect(given.map((bytes) => bytes.toString('hex'))).toEqual(before);
    const places = given.map(({ buffer, byteOffset }) => ({ buffer, byteOffset }));
    for (const [index, { buffer, byteOffset }] of places.entries()) {
      const next = places[index + 1];
      if (next?.buffer === buffer) expect(next.byteOffset).toBeGreaterThanOrEqual(byteOffset + 16);
    }
  });
});
