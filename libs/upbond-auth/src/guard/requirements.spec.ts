import { describe, expect, it } from 'vitest';
import { CLAIMS, CREDENTIALS, PERMISSIONS, ROLES, SCOPES, STEP_UP } from '../decorators/marks.js';
import { requirementsOf } from './requirements.js';

const PUBLIC = 'public';
const open = { [PUBLIC]: true };
const read = { [SCOPES]: { values: ['read'], mode: 'all' } };
const write = { [SCOPES]: { values: ['write'], mode: 'all' } };
const admin = { [ROLES]: { values: ['admin'], mode: 'all' } };

function combined(method: object, controller: object): Record<string, unknown> {
  const reader = (marks: object) => (key: string) => (marks as Record<string, unknown>)[key];
  const found = requirementsOf(reader(method), reader(controller), PUBLIC);
  const entries = Object.entries({ ...found }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries);
}

const either = ['session', 'bearer'];

describe('requirementsOf', () => {
  it.each<[string, object, object, object]>([
    ['nothing: signed in, by either', {}, {}, {}],
    ['the controller counts', {}, read, { scopes: read[SCOPES] }],
    ['the method replaces the same kind', write, read, { scopes: write[SCOPES] }],
    ['different kinds add up', admin, read, { scopes: read[SCOPES], roles: admin[ROLES] }],
    ['a public method', open, {}, { isPublic: true }],
    ['a public method of a demanding controller', open, read, { isPublic: true }],
    ['a public controller', {}, open, { isPublic: true }],
    ['a demanding method of a public controller', read, open, { scopes: read[SCOPES] }],
    ['a method that is both: closed', { ...open, ...read }, {}, { scopes: read[SCOPES] }],
    ['a controller that is both: closed', {}, { ...open, ...read }, { scopes: read[SCOPES] }],
    [
      'a public method of a controller that is both',
      open,
      { ...open, ...read },
      { isPublic: true },
    ],
    [
      'credentials do not close',
      { [CREDENTIALS]: ['bearer'] },
      open,
      { isPublic: true, credentials: ['bearer'] },
    ],
    [
      'credentials of the method replace those of the controller',
      { [CREDENTIALS]: ['session'] },
      { [CREDENTIALS]: ['bearer'] },
      { credentials: ['session'] },
    ],
  ])('%s', (_, method, controller, expected) => {
    const usual = { isPublic: false, credentials: either, isEventStream: false };
    expect(combined(method, controller)).toEqual({ ...usual, ...expected });
  });

  it('knows event streams by the mark on the method', () => {
    const method = (key: string) => key === 'sse' || undefined;
    const nothing = () => undefined;
    expect(requirementsOf(method, nothing, PUBLIC, 'sse').isEventStream).toBe(true);
    expect(requirementsOf(nothing, method, PUBLIC, 'sse').isEventStream).toBe(false);
    expect(requirementsOf(method, nothing, PUBLIC).isEventStream).toBe(false);
  });

  it.each([SCOPES, PERMISSIONS, ROLES, CLAIMS, STEP_UP])(
    '%s on a method closes a public controller',
    (key) => {
      expect(combined({ [key]: {} }, open).isPublic).toBe(false);
      expect(combined({ [key]: {}, ...open }, {}).isPublic).toBe(false);
    },
  );
});
