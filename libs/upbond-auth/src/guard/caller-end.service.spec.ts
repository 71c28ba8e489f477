import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Session } from '../session/session.js';
import type { RevocationService } from '../session/revocation.service.js';
import { CallerEndService } from './caller-end.service.js';
import type { Caller } from './caller.js';

function callerWith(members: Partial<Caller>): Caller {
  return {
    sub: 'somebody',
    user: {},
    scopes: [],
    session: undefined,
    presented: () => undefined,
    expiresAt: 1000,
    authentication: () => ({ acr: undefined, authTime: undefined }),
    ...members,
  };
}

describe('CallerEndService', () => {
  let now = 0;
  let revoked = new Set<string>();
  const follow = vi.fn<() => void>();
  const revocations = {
    isRevoked: ({ id }: Session) => revoked.has(id),
    follow,
  } as unknown as RevocationService;
  let service: CallerEndService;

  beforeEach(() => {
    vi.useFakeTimers();
    [now, revoked] = [0, new Set()];
    service = new CallerEndService(() => now, revocations);
  });

  afterEach(() => {
    service.onModuleDestroy();
    vi.useRealTimers();
  });

  const aRound = () => vi.advanceTimersByTimeAsync(400);
  const session = { id: 'one' } as Session;

  it('calls back once, when the token has expired', async () => {
    const end = vi.fn<() => void>();
    service.watch(callerWith({ expiresAt: 10 }), end);
    now = 9.9;
    await aRound();
    expect(end).not.toHaveBeenCalled();
    now = 10;
    await aRound();
    await aRound();
    expect(end).toHaveBeenCalledTimes(1);
    expect([service.size, vi.getTimerCount()]).toEqual([0, 0]);
  });

  it('calls back for every connection of a session that was revoked, and for no other', async () => {
    const ends = Array.from({ length: 5 }, () => vi.fn<() => void>());
    for (const end of ends) service.watch(callerWith({ session }), end);
    const other = vi.fn<() => void>();
    service.watch(callerWith({ session: { ...session, id: 'two' } }), other);
    await aRound();
    revoked.add('one');
    await aRound();
    for (const end of ends) expect(end).toHaveBeenCalledTimes(1);
    expect([other.mock.calls.length, service.size]).toEqual([0, 1]);
    expect(follow).toHaveBeenCalled();
  });

  it('lets nobody stay open because closing somebody else throws', async () => {
    const end = vi.fn<() => void>();
    service.watch(callerWith({ expiresAt: 1 }), () => {
      throw new Error('closing failed');
    });
    service.watch(callerWith({ expiresAt: 1 }), end);
    now = 1;
    await aRound();
    expect([end.mock.calls.length, service.size]).toEqual([1, 0]);
  });

  it('forgets who stops waiting, and rests when nobody waits', async () => {
    const end = vi.fn<() => void>();
    const stop = service.watch(callerWith({ expiresAt: 10 }), end);
    stop();
    stop();
    now = 11;
    await aRound();
    expect(end).not.toHaveBeenCalled();
    expect([service.size, vi.getTimerCount()]).toEqual([0, 0]);
    service.watch(callerWith({ expiresAt: 10 }), end);
    await aRound();
    expect(end).toHaveBeenCalledTimes(1);
  });
});
