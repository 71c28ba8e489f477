import { beforeEach, describe, expect, it, vi } from 'vitest';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { LeasedRecords } from '../shared-memory/leased-records.js';
import { LocalRecords } from '../shared-memory/local-records.js';
import { withoutRefreshToken, type HeldTokens } from './held-tokens.js';
import { RefreshCoordinator, type RefreshGrant } from './refresh-coordinator.js';
import { TokenSet } from './token-set.js';
import type { WantedToken } from './wanted-token.js';

const NOW = 1_800_000_000;
const PLAIN: WantedToken = {
  audience: undefined,
  scope: [],
  minimumValiditySeconds: undefined,
  refused: undefined,
};
const ORDERS: WantedToken = { ...PLAIN, audience: 'orders' };
const PATIENCE_SECONDS = 16;

function tokens(name: string, refreshNumber = 0, expiresAt = NOW - 1): HeldTokens {
  const tokenSet = new TokenSet({
    accessToken: `${name} access`,
    refreshToken: `${name} refresh`,
    tokenType: 'Bearer',
    scope: [],
    expiresAt,
  });
  return { tokenSet, furtherTokens: [], refreshNumber };
}

const OLD = tokens('old');
const accessOf = ({ tokenSet }: HeldTokens) => tokenSet.accessToken;
const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error as UpbondAuthException,
  );
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** One of the records' own methods, on top of real ones. */
function recordsWith(real: LeasedRecords, changed: Partial<LeasedRecords>): LeasedRecords {
  return {
    readRecord: real.readRecord.bind(real),
    lease: real.lease.bind(real),
    prolong: real.prolong.bind(real),
    writeRecord: real.writeRecord.bind(real),
    release: real.release.bind(real),
    ...changed,
  };
}

describe('RefreshCoordinator', () => {
  let now: number;
  let slept: number;
  let shared: LeasedRecords;
  let calls: { wanted: WantedToken; number: number; end: (outcome: HeldTokens | Error) => void }[];
  beforeEach(() => {
    now = NOW;
    slept = 0;
    shared = new LocalRecords(() => now);
    calls = [];
  });

  const grant: RefreshGrant = {
    refresh: (_, wanted, number) =>
      new Promise((resolve, reject) => {
        const end = (outcome: HeldTokens | Error) =>
          outcome instanceof Error ? reject(outcome) : resolve(outcome);
        calls.push({ wanted, number, end });
      }),
  };

  /** A process of its own. */
  function coordinator(memory: LeasedRecords | undefined = shared, label = 'default') {
    const sleep = async (seconds: number) => {
      slept += seconds;
      now += seconds;
      await turn();
    };
    return new RefreshCoordinator({
      grant,
      local: new LocalRecords(() => now),
      shared: memory,
      label,
      patienceSeconds: PATIENCE_SECONDS,
      memorySeconds: 1000,
      now: () => now,
      sleep,
    });
  }

  /** Ends the newest call with good tokens of that name. */
  function succeed(name = 'new', expiresAt = NOW + 3600) {
    const call = calls.at(-1);
    call?.end(tokens(name, call.number, expiresAt));
  }

  it('makes no call for tokens that are good', async () => {
    const good = tokens('good', 0, NOW + 3600);
    expect(await coordinator().obtain(good, PLAIN)).toBe(good);
    expect(calls).toHaveLength(0);
  });

  it('needs a refresh token', async () => {
    const held = withoutRefreshToken(OLD);
    await expect(coordinator().obtain(held, PLAIN)).rejects.toMatchObject({
      code: 'refresh_token_missing',
    });
  });

  it.each([true, false])(
    'makes one call, however many ask; shared memory: %s',
    async (isShared) => {
      const one = coordinator(isShared ? shared : undefined);
      const all = Promise.all(Array.from({ length: 1000 }, () => one.obtain(OLD, PLAIN)));
      await turn();
      succeed();
      expect(new Set((await all).map(accessOf))).toEqual(new Set(['new access']));
      expect(calls).toHaveLength(1);
      expect(accessOf(await one.obtain(OLD, PLAIN))).toBe('new access');
      expect(calls).toHaveLength(1);
    },
  );

  it('makes one call for two processes', async () => {
    const all = Promise.all([coordinator(), coordinator()].map((one) => one.obtain(OLD, PLAIN)));
    await turn();
    succeed();
    expect((await all).map(accessOf)).toEqual(['new access', 'new access']);
    expect(calls).toHaveLength(1);
  });

  it('keeps instances apart', async () => {
    void coordinator().obtain(OLD, PLAIN);
    void coordinator(shared, 'admin').obtain(OLD, PLAIN);
    await turn();
    expect(calls).toHaveLength(2);
    for (const call of calls) call.end(tokens('new', call.number, NOW + 3600));
  });

  it('goes on when a waiter gives up', async () => {
    const one = coordinator();
    const gaveUp = Promise.race([one.obtain(OLD, PLAIN), Promise.reject(new Error('gave up'))]);
    await expect(gaveUp).rejects.toThrow('gave up');
    const stays = one.obtain(OLD, PLAIN);
    await turn();
    succeed();
    expect(accessOf(await stays)).toBe('new access');
    expect(calls).toHaveLength(1);
  });

  it('makes the wish of who joins another one from the successor', async () => {
    const one = coordinator();
    const plain = one.obtain(OLD, PLAIN);
    const orders = one.obtain(OLD, ORDERS);
    await turn();
    succeed();
    expect(accessOf(await plain)).toBe('new access');
    await turn();
    expect(calls.map(({ wanted }) => wanted.audience)).toEqual([undefined, 'orders']);
    const { number, end } = calls[1]!;
    const { tokenSet } = tokens('orders', 0, NOW + 3600);
    const next = tokens('newer', number, NOW + 3600);
    end({ ...next, furtherTokens: [{ audience: 'orders', requestedScope: [], tokenSet }] });
    expect((await orders).furtherTokens).toHaveLength(1);
  });

  it('does not let one suffer from what was not granted to another', async () => {
    const one = coordinator();
    const orders = failureOf(one.obtain(OLD, ORDERS));
    const plain = one.obtain(OLD, PLAIN);
    await turn();
    calls[0]?.end(new UpbondAuthException('audience_not_granted'));
    expect(await orders).toMatchObject({ code: 'audience_not_granted' });
    await turn();
    succeed();
    expect(accessOf(await plain)).toBe('new access');
    expect(calls.map(({ wanted }) => wanted)).toEqual([ORDERS, PLAIN]);
  });

  it('is good after one call even if the token is not what was wanted: no circle', async () => {
    const wanted = { ...PLAIN, minimumValiditySeconds: 7200 };
    const obtained = coordinator().obtain(OLD, wanted);
    await turn();
    succeed();
    expect(accessOf(await obtained)).toBe('new access');
    expect(calls).toHaveLength(1);
  });

  it('gives up on a process that refreshes for ever', async () => {
    const always = { value: undefined, writtenAs: 0, lease: undefined };
    const memory = recordsWith(shared, { lease: async () => always });
    expect(await failureOf(coordinator(memory).obtain(OLD, PLAIN))).toMatchObject({
      code: 'temporarily_unavailable',
    });
    expect(slept).toBeGreaterThanOrEqual(PATIENCE_SECONDS);
    expect(slept).toBeLessThan(PATIENCE_SECONDS + 1);
    expect(calls).toHaveLength(0);
  });

  it('takes over from a process that was killed, within the lease', async () => {
    const killed = recordsWith(shared, { prolong: () => new Promise(() => {}) });
    void coordinator(killed).obtain(OLD, PLAIN);
    await turn();
    const obtained = coordinator().obtain(OLD, PLAIN);
    await vi.waitFor(() => expect(calls).toHaveLength(2));
    expect(slept).toBeLessThan(6);
    succeed();
    expect(accessOf(await obtained)).toBe('new access');
  });

  it('pauses for as long as the server asks, with a word of when to come back', async () => {
    const one = coordinator();
    const failed = failureOf(one.obtain(OLD, PLAIN));
    await turn();
    const outage = new UpbondAuthException('temporarily_unavailable', { retryAfterSeconds: 20 });
    calls[0]?.end(outage);
    expect(await failed).toBe(outage);
    now += 15;
    expect(await failureOf(one.obtain(tokens('other'), PLAIN))).toMatchObject({
      code: 'temporarily_unavailable',
      headers: { 'Retry-After': '5' },
    });
    expect(calls).toHaveLength(1);
    now += 5;
    void one.obtain(OLD, PLAIN);
    await turn();
    expect(calls).toHaveLength(2);
    succeed();
  });

  it('leaves the lease to others after a failure', async () => {
    const failed = failureOf(coordinator().obtain(OLD, PLAIN));
    await turn();
    calls[0]?.end(new Error('a bug'));
    expect(await failed).toMatchObject({ message: 'a bug' });
    void coordinator().obtain(OLD, PLAIN);
    await turn();
    expect(calls).toHaveLength(2);
    succeed();
    expect(slept).toBe(0);
  });

  it('adopts the tokens of who was faster, when its own call is refused', async () => {
    const late = coordinator(recordsWith(shared, { prolong: async () => false }));
    const obtained = late.obtain(OLD, PLAIN);
    await turn();
    // It stands still until its lease is over
    now += 6;
    const other = coordinator().obtain(OLD, PLAIN);
    await turn();
    succeed('newer');
    expect(accessOf(await other)).toBe('newer access');
    calls[0]?.end(new UpbondAuthException('invalid_grant'));
    expect(accessOf(await obtained)).toBe('newer access');
  });

  it('adopts the newer tokens, when its own come too late', async () => {
    const late = coordinator();
    const obtained = late.obtain(OLD, PLAIN);
    await turn();
    now += 6;
    const other = coordinator().obtain(OLD, PLAIN);
    await turn();
    succeed('newer');
    await other;
    calls[0]?.end(tokens('late', calls[0].number, NOW + 3600));
    await obtained;
    expect(accessOf(await late.newest(OLD))).toBe('newer access');
  });

  it('passes on that the refresh token is not good any more, and holds no lease then', async () => {
    const failed = failureOf(coordinator().obtain(OLD, PLAIN));
    await turn();
    const refusal = new UpbondAuthException('invalid_grant');
    calls[0]?.end(refusal);
    expect(await failed).toBe(refusal);
    expect(slept).toBe(0);
  });

  it('does not spend anything while the shared memory is away', async () => {
    const down = () => Promise.reject(new Error('down'));
    const one = coordinator(recordsWith(shared, { lease: down, readRecord: down }));
    expect(await failureOf(one.obtain(OLD, PLAIN))).toMatchObject({
      code: 'temporarily_unavailable',
    });
    expect(await failureOf(one.newest(OLD))).toMatchObject({ code: 'temporarily_unavailable' });
    expect(calls).toHaveLength(0);
  });

  it('keeps a result here that the shared memory cannot take', async () => {
    const writeRecord = vi.fn<LeasedRecords['writeRecord']>(() =>
      Promise.reject(new Error('down')),
    );
    const one = coordinator(recordsWith(shared, { writeRecord }));
    const obtained = one.obtain(OLD, PLAIN);
    await turn();
    succeed();
    expect(accessOf(await obtained)).toBe('new access');
    expect(writeRecord).toHaveBeenCalledTimes(2);
    expect(accessOf(await one.obtain(OLD, PLAIN))).toBe('new access');
    expect(calls).toHaveLength(1);
  });

  it.each([
    ['the life of the access token', NOW + 300, 299, 301],
    ['the life of a session, of one that does not expire', NOW + 1e6, 999, 1001],
  ])('remembers for %s', async (_, expiresAt, still, over) => {
    const one = coordinator();
    const obtained = one.obtain(OLD, PLAIN);
    await turn();
    succeed('new', expiresAt);
    await obtained;
    now = NOW + still;
    expect(accessOf(await coordinator().newest(OLD))).toBe('new access');
    now = NOW + over;
    expect(await one.newest(OLD)).toBe(OLD);
  });

  it('finds the newest tokens over several refreshes, without a call', async () => {
    const one = coordinator();
    let held = OLD;
    for (const name of ['first', 'second', 'third']) {
      const obtained = one.obtain(held, { ...PLAIN, refused: accessOf(held) });
      await turn();
      succeed(name);
      held = await obtained;
    }
    expect(accessOf(await coordinator().newest(OLD))).toBe('third access');
    expect(await one.newest(held)).toBe(held);
    const last = withoutRefreshToken(held);
    expect(await one.newest(last)).toBe(last);
    expect(calls).toHaveLength(3);
  });

  it('leaves a wish alone whose fulfilment was of no use', async () => {
    const one = coordinator();
    const tooLarge = new UpbondAuthException('session_too_large');
    one.holdOff(OLD, ORDERS, tooLarge);
    expect(await failureOf(one.obtain(OLD, ORDERS))).toBe(tooLarge);
    expect(calls).toHaveLength(0);
    void one.obtain(OLD, PLAIN);
    await turn();
    expect(calls).toHaveLength(1);
    succeed();
  });
});
