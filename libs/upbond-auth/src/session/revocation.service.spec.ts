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
});
