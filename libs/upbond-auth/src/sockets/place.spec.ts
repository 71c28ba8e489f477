import { describe, expect, it } from 'vitest';
import type { Credential } from '../decorators/marks.js';
import type { Requirements } from '../guard/requirements.js';
import { placeOf, type Gateway } from './place.js';

const EITHER: readonly Credential[] = ['session', 'bearer'];

function gateway(name: string, isOpen: boolean, more: Partial<Requirements> = {}): Gateway {
  const nothing = { scopes: undefined, permissions: undefined, roles: undefined };
  const rest = { claims: undefined, stepUp: undefined, isEventStream: false };
  const requirements = { isPublic: isOpen, credentials: EITHER, ...nothing, ...rest, ...more };
  return { name, isOpen, requirements };
}

const open = gateway('open', true);
const closed = gateway('closed', false);
const roles = { values: ['admin'], mode: 'all' as const };
const admin = gateway('admin', false, { roles });

describe('placeOf', () => {
  it.each<[isPublic: boolean, gateways: Gateway[]]>([
    [false, []],
    [true, [open]],
    [true, [open, open]],
    [false, [closed]],
    [false, [open, closed]],
    [false, [closed, open]],
    [false, [open, admin]],
  ])('is public: %s', (isPublic, gateways) => {
    expect(placeOf(gateways).requirements.isPublic).toBe(isPublic);
    expect(placeOf(gateways).demands[0]?.isPublic).toBe(isPublic);
  });

  it('asks what every closed gateway asks, and nothing of an open one', () => {
    expect(placeOf([admin, open, closed]).demands.map((one) => one.roles)).toEqual([
      undefined,
      roles,
      undefined,
    ]);
    const half = gateway('half', true, { isPublic: false, roles });
    expect(placeOf([half]).demands).toHaveLength(1);
  });

  it('accepts the credentials that all of them accept', () => {
    const bearer = gateway('bearer', false, { credentials: ['bearer'] });
    const session = gateway('session', false, { credentials: ['session'] });
    expect(placeOf([closed]).requirements.credentials).toEqual(EITHER);
    expect(placeOf([closed, bearer]).requirements.credentials).toEqual(['bearer']);
    expect(placeOf([session, bearer]).requirements.credentials).toEqual([]);
  });
});
