import { describe, expect, it } from 'vitest';
import { single } from './exchange.js';
import { fieldOrParameter, formParameters, isForm } from './form.js';

describe('isForm', () => {
  it.each([
    ['application/x-www-form-urlencoded', true],
    ['Application/X-WWW-Form-Urlencoded; charset=utf-8', true],
    ['application/json', false],
    ['text/plain', false],
    ['multipart/form-data; boundary=x', false],
    ['text/plain; application/x-www-form-urlencoded', false],
    ['', false],
    [undefined, false],
  ])('%j: %s', (type, expected) => {
    expect(isForm({ headers: { 'content-type': type } })).toBe(expected);
  });
});

describe('formParameters', () => {
  const withoutPrototype = Object.assign(Object.create(null) as object, { a: 'b' });

  it.each([
    [{ a: 'b' }, 'b'],
    [withoutPrototype, 'b'],
    [{ a: '' }, ''],
    [{ a: ['b', 'c'] }, undefined],
    [{ a: ['b'] }, undefined],
    [{ a: { b: 'c' } }, undefined],
    [{ a: 1 }, undefined],
    [{}, undefined],
    [Object.create({ a: 'inherited' }), undefined],
    [undefined, undefined],
    [null, undefined],
    ['a=b', undefined],
  ])('of %j is %j', (body: unknown, expected) => {
    expect(single(formParameters(body), 'a')).toBe(expected);
  });

  it('comes before the query', () => {
    expect(fieldOrParameter({ a: 'form' }, new URLSearchParams('a=query'), 'a')).toBe('form');
    expect(fieldOrParameter(undefined, new URLSearchParams('a=query'), 'a')).toBe('query');
    expect(fieldOrParameter(undefined, new URLSearchParams('a=1&a=2'), 'a')).toBeUndefined();
  });
});
