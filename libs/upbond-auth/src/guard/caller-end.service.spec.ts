import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Session } from '../session/session.js';
import type { Sessions } from '../session/sessions.js';
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
  let isAlive: Sessions['isAlive'] = () => true;
  let looks = 0;
  const sessions = {
    isAlive: (session: Session) => (looks++, isAlive(session)),
  } as unknown as Sessions;
  let service: CallerEndService;

  beforeEach(() => {
    vi.useFakeTimers();
    [now, looks, isAlive] = [0, 0, () => true];
    service = new CallerEndService(() => now, sessions);
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

  it('looks at a session once a round, for all of its connections', async () => {
    const ends = Array.from({ length: 5 }, () => vi.fn<() => void>());
    for (const end of ends) service.watch(callerWith({ session }), end);
    await aRound();
    expect([looks, service.size]).toEqual([1, 5]);
    isAlive = () => false;
    await aRound();
    for (const end of ends) expect(end).toHaveBeenCalledTimes(1);
  });

  it('looks once at a session that each request has read anew, as it was read last', async () => {
    const end = vi.fn<() => void>();
    const seen: Session[] = [];
    isAlive = (one) => seen.push(one) > 0;
    for (const expiresAt of [10, 30, 20]) {
      service.watch(callerWith({ session: { ...session, expiresAt }, expiresAt }), end);
    }
    await aRound();
    expect(seen.map(({ expiresAt }) => expiresAt)).toEqual([30]);
    isAlive = () => false;
    await aRound();
    expect([service.size, end.mock.calls.length]).toEqual([0, 1]);
  });

  it('waits for no store: others end meanwhile, and it is asked once at a time', async () => {
    const end = vi.fn<() => void>();
    isAlive = () => new Promise(() => undefined);
    service.watch(callerWith({ session }), () => undefined);
    await aRound();
    service.watch(callerWith({ expiresAt: 10 }), end);
    now = 10;
    await aRound();
    await aRound();
    expect([end.mock.calls.length, looks]).toEqual([1, 1]);
  });

  it('ends a session that nobody can vouch for', async () => {
    const end = vi.fn<() => void>();
    isAlive = () => Promise.reject(new Error('the store is down'));
    service.watch(callerWith({ session }), end);
    await aRound();
    expect(end).toHaveBeenCalledTimes(1);
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
