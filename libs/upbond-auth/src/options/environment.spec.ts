import { describe, expect, it } from 'vitest';
import { isAnySet, readEnvironment, variablePrefix } from './environment.js';

describe('variablePrefix', () => {
  it.each([
    ['default', 'UPBOND_'],
    ['admin', 'UPBOND_ADMIN_'],
    ['admin-eu.2', 'UPBOND_ADMIN_EU_2_'],
  ])('of %s is %s', (name, prefix) => {
    expect(variablePrefix(name)).toBe(prefix);
  });
});

describe('readEnvironment', () => {
  it.each([
    ['text', 'text'],
    [' kept ', ' kept '],
    ['', undefined],
    [' \t\n', undefined],
    [undefined, undefined],
    [null, undefined],
    [60, '60'],
    [true, 'true'],
    [false, 'false'],
  ])('reads %j as %j', (given, expected) => {
    const environment = readEnvironment('UPBOND_', () => given);
    expect(environment.clientId).toEqual({ variable: 'UPBOND_CLIENT_ID', value: expected });
  });

  it('reads each variable once and none for hooks', () => {
    const read: string[] = [];
    const environment = readEnvironment('UPBOND_A_', (variable) => void read.push(variable));
    expect(new Set(read).size).toBe(read.length);
    expect(read).toContain('UPBOND_A_LOGIN_PATH');
    expect(environment.onLogin).toEqual({ variable: undefined, value: undefined });
    expect(isAnySet(environment)).toBe(false);
  });
});
