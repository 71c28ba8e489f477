import { describe, expect, it } from 'vitest';
import type { VaryingHeaders } from './exchange.js';
import { withVarying } from './vary.js';

describe('withVarying', () => {
  it.each<[string, VaryingHeaders, string]>([
    ['Origin', 'Cookie', 'Origin, Cookie'],
    ['Origin', 'Authorization, Cookie', 'Origin, Authorization, Cookie'],
    ['Cookie', 'Authorization, Cookie', 'Cookie, Authorization'],
    ['Cookie', 'Cookie', 'Cookie'],
    ['Origin ,cOOKIE', 'Cookie', 'Origin ,cOOKIE'],
    ['X-Cookie', 'Cookie', 'X-Cookie, Cookie'],
    ['*', 'Authorization, Cookie', '*'],
    ['Origin, *', 'Cookie', 'Origin, *'],
  ])('of %j with %j is %j', (vary, headers, expected) => {
    expect(withVarying(vary, headers)).toBe(expected);
  });
});
