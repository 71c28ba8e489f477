import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { TokenSet } from '../tokens/token-set.js';
import { newSession } from './new-session.js';
import { RevocationService } from './revocation.service.js';
import { SessionDigester } from './session-digests.js';

const LIFETIMES = { sessionLifetimeSeconds: 1000, sessionIdleSeconds: 1000 };
const digests = new SessionDigester('test');
const tokenSet = new TokenSet({ accessToken: 'a', tokenType: 'Bearer', scope: [] });
const session = newSession({ claims: { sub: 'hanako' }, user: {}, tokenSet }, 100, LIFETIMES);
const id = digests.of(session).id;

function service(config: object) {
  const all = { ...LIFETIMES, ...config } as unknown as UpbondAuthConfig;
  return new RevocationService(all, () => 200, digests);
}

/** Fails until it is told not to. */
function flaky() {
  const calls: unknown[][] = [];
  const state = { isDown: true, calls };
  const call = async (...args: unknown[]) => {
    calls.push(args);
    if (state.isDown) throw new Error('down');
  };
  return { state, call };
}

describe('RevocationService', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it.each([
    ['a store', (call: unknown) => ({ sessionStore: { destroy: call, capabilities: {} } })],
    ['a shared memory', (call: unknown) => ({ sharedMemory: { append: call } })],
  ])('ends a session here at once, and in %s when that is back', async (_, config) => {
    const { state, call } = flaky();
    const revocations = service(config(call));
    await revocations.end(id);
    expect(revocations.isRevoked(session)).toBe(true);
    expect(state.calls).toHaveLength(1);
    state.isDown = false;
    await vi.advanceTimersByTimeAsync(1500);
    expect(state.calls).toHaveLength(2);
    expect(state.calls[1]).toEqual(state.calls[0]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(state.calls).toHaveLength(2);
    revocations.onModuleDestroy();
  });

  it('ends the sessions of a user that began before, and no later ones', async () => {
    const revocations = service({});
    await revocations.revokeBySubject('hanako', 100);
    expect(revocations.isRevoked(session)).toBe(true);
    expect(revocations.isRevoked({ ...session, createdAt: 100.001 })).toBe(false);
    expect(revocations.isRevoked({ ...session, sub: 'taro' })).toBe(false);
  });

  it('ends a session by its id whenever it began, by whatever clock', async () => {
    const revocations = service({});
    const ahead = { ...session, id: 'ahead', createdAt: 203 };
    await revocations.revokeById(digests.of(ahead).id);
    expect(revocations.isRevoked(ahead)).toBe(true);
    expect(revocations.isRevoked(session)).toBe(false);
  });

  it('reads on behind an entry that it cannot read', async () => {
    const good = JSON.stringify({ kind: 'id', digest: id, createdBefore: 1000 });
    const odd = ['', 'null', '{}', '{"kind":"id","digest":"x"}', '{"kind":"new","digest":"x"}'];
    const sharedMemory = { readLog: async () => ({ entries: [...odd, good], position: '1' }) };
    const revocations = service({ sharedMemory });
    await revocations.onModuleInit();
    expect(revocations.isRevoked(session)).toBe(true);
    revocations.onModuleDestroy();
  });

  it('means sessions without a sid as well, when a logout names sid and user', async () => {
    const revocations = service({});
    await revocations.revokeBySid('the sid', 100, 'hanako');
    expect(revocations.isRevoked(session)).toBe(true);
    expect(revocations.isRevoked({ ...session, sid: 'another' })).toBe(false);
    expect(revocations.isRevoked({ ...session, sid: 'the sid' })).toBe(true);
  });

  describe('with a store that decides on requests', () => {
    const store = () => ({
      capabilities: { index: true },
      destroy: async () => undefined,
      destroyAll: async () => 1,
      listBySubject: async () => [],
    });

    it.each([
      ['revokeById', (one: RevocationService) => one.revokeById(id)],
      ['revokeBySubject', (one: RevocationService) => one.revokeBySubject('hanako', 200)],
      ['revokeBySid', (one: RevocationService) => one.revokeBySid('s', 200, 'hanako')],
    ])('%s is heard of by open sockets, here and in other processes', async (_, revoke) => {
      const entries: string[] = [];
      const sharedMemory = {
        append: async (_log: string, entry: string) => void entries.push(entry),
        readLog: async () => ({ entries, position: '1' }),
      };
      const [here, there] = [0, 0].map(() => service({ sessionStore: store(), sharedMemory }));
      await revoke(here!);
      expect(here!.isRevoked(session)).toBe(true);
      // A process without sockets asks the store alone
      await there!.onModuleInit();
      expect(there!.isRevoked(session)).toBe(false);
      there!.follow();
      await there!.onModuleInit();
      expect(there!.isRevoked(session)).toBe(true);
      there!.onModuleDestroy();
    });

    it('what cannot be told to others is told when that works, and the request does not fail', async () => {
      const { state, call } = flaky();
      const revocations = service({ sessionStore: store(), sharedMemory: { append: call } });
      await revocations.revokeBySubject('hanako', 200);
      expect(revocations.isRevoked(session)).toBe(true);
      state.isDown = false;
      await vi.advanceTimersByTimeAsync(1500);
      expect(state.calls).toHaveLength(2);
      expect(state.calls[1]).toEqual(state.calls[0]);
      revocations.onModuleDestroy();
    });
  });
});
