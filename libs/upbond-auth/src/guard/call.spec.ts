import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { callOf, rememberCall, type Call } from './call.js';

const call = { caller: { sub: 'somebody' } } as unknown as Call;
const other = { caller: { sub: 'another' } } as unknown as Call;

describe('a call', () => {
  it('is that of its carrier alone', () => {
    const carrier = {};
    expect(callOf(carrier)).toBeUndefined();
    rememberCall(carrier, call);
    expect(callOf(carrier)).toBe(call);
    expect(callOf({})).toBeUndefined();
  });

  it('is found by both requests of Fastify', () => {
    const raw = {};
    rememberCall({ raw }, call);
    expect(callOf({ raw })).toBe(call);
    expect(callOf(raw)).toBe(call);
  });

  it('gives way to the next one', () => {
    const carrier = {};
    rememberCall(carrier, call);
    rememberCall(carrier, other);
    expect(callOf(carrier)).toBe(other);
  });

  it('is neither printed, nor copied, nor inherited', () => {
    const carrier = { url: '/me' };
    rememberCall(carrier, call);
    expect(inspect(carrier, { depth: 9, showHidden: true })).not.toContain('somebody');
    expect(JSON.stringify(carrier)).toBe('{"url":"/me"}');
    expect(callOf({ ...carrier })).toBeUndefined();
    expect(callOf(Object.assign({}, carrier))).toBeUndefined();
    expect(callOf(Object.create(carrier) as object)).toBeUndefined();
  });
});
