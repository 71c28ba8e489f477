import { describe, expect, it } from 'vitest';
import { single } from './exchange.js';

describe('single', () => {
  it.each([
    ['a=1', '1'],
    ['a=', ''],
    ['b=1', undefined],
    ['a=1&a=1', undefined],
    ['a=1&a=2', undefined],
    ['a[]=1', undefined],
    ['A=1', undefined],
    ['', undefined],
  ])('of %j is %j', (query, expected) => {
    expect(single(new URLSearchParams(query), 'a')).toBe(expected);
  });
});
