import { describe, expect, it } from 'vitest';
import { required, stepUpOptions } from './marks.js';

describe('required', () => {
  it.each<[unknown[], object]>([
    [['a'], { values: ['a'], mode: 'all' }],
    [['a', 'b'], { values: ['a', 'b'], mode: 'all' }],
    [['a', 'b', { mode: 'any' }], { values: ['a', 'b'], mode: 'any' }],
    [['a', {}], { values: ['a'], mode: 'all' }],
  ])('%j', (given, expected) => {
    expect(required('Scopes', given)).toEqual(expected);
  });

  it.each([
    [[]],
    [['']],
    [['a b']],
    [['a"b']],
    [['a\\b']],
    [['a\n']],
    [['\u00e9']],
    [[1]],
    [[null]],
    [[['a']]],
    [[{ mode: 'any' }]],
    [['a', { mode: 'some' }]],
  ])('refuses %j', (given) => {
    expect(() => required('Scopes', given)).toThrow(TypeError);
  });
});

describe('stepUpOptions', () => {
  it.each([{ acrValues: ['gold'] }, { maxAgeSeconds: 0 }, { acrValues: ['a'], maxAgeSeconds: 5 }])(
    '%j',
    (options) => {
      expect(stepUpOptions(options)).toEqual(options);
    },
  );

  it.each([
    {},
    { acrValues: [] },
    { acrValues: ['a b'] },
    { maxAgeSeconds: -1 },
    { maxAgeSeconds: 0.5 },
    { maxAgeSeconds: NaN },
    { maxAgeSeconds: 1e9 },
    { maxAgeSeconds: '5' as unknown as number },
  ])('refuses %j', (options) => {
    expect(() => stepUpOptions(options)).toThrow(TypeError);
  });
});
