import { describe, expect, it } from 'vitest';
import { UnfinishedLogouts } from './unfinished-logouts.js';

describe('UnfinishedLogouts', () => {
  it('hands each out once', () => {
    const unfinished = new UnfinishedLogouts();
    unfinished.keep('a', 7);
    expect(unfinished.take('b')).toBeUndefined();
    expect(unfinished.take('a')).toBe(7);
    expect(unfinished.take('a')).toBeUndefined();
  });

  it('keeps a thousand, the newest', () => {
    const unfinished = new UnfinishedLogouts();
    for (let index = 0; index <= 1000; index++) unfinished.keep(String(index), index);
    expect(unfinished.take('0')).toBeUndefined();
    expect(unfinished.take('1')).toBe(1);
    expect(unfinished.take('1000')).toBe(1000);
  });
});
