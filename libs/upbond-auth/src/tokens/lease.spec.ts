import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LeasedRecords } from '../shared-memory/leased-records.js';
import { LocalRecords } from '../shared-memory/local-records.js';
import { Lease } from './lease.js';

describe('Lease', () => {
  let records: LocalRecords;
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_800_000_000_000 });
    records = new LocalRecords(() => Date.now() / 1000);
  });
  afterEach(() => vi.useRealTimers());

  async function take(owner: string, unlessNewerThan = 0, from: LeasedRecords = records) {
    const taken = await Lease.take(from, 'key', owner, unlessNewerThan);
    return taken instanceof Lease ? taken : undefined;
  }

  it('is for one at a time', async () => {
    const first = await take('one');
    expect(await take('other')).toBeUndefined();
    await first?.end();
    const next = await take('other');
    expect(next?.number).toBeGreaterThan(first?.number ?? Infinity);
    await next?.end();
  });

  it('lasts as long as it is needed, and not for ever after its process was killed', async () => {
    let isKilled = false;
    const from = {
      lease: records.lease.bind(records),
      prolong: (...call: Parameters<LeasedRecords['prolong']>) =>
        isKilled ? new Promise(() => {}) : records.prolong(...call),
    } as unknown as LeasedRecords;
    expect(await take('one', 0, from)).toBeDefined();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await take('other')).toBeUndefined();
    isKilled = true;
    await vi.advanceTimersByTimeAsync(5000);
    expect(await take('other')).toBeDefined();
  });

  it('is given back with the result, which the others find', async () => {
    const lease = await take('one');
    expect(await lease?.write('result', 60)).toBe(true);
    const state = await Lease.take(records, 'key', 'other', 0);
    expect(state).toEqual({ value: 'result', writtenAs: lease?.number });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not write over what is newer, and is prolonged until it ends', async () => {
    const late = await take('one');
    vi.setSystemTime(Date.now() + 5001);
    const newer = await take('other');
    await newer?.write('newer', 60);
    expect(await late?.write('late', 60)).toBe(false);
    expect((await records.readRecord('key')).value).toBe('newer');
    expect(vi.getTimerCount()).toBe(1);
    await late?.end();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends once, and never with an error', async () => {
    const release = vi.fn<LeasedRecords['release']>(() => Promise.reject(new Error('down')));
    const from = {
      lease: records.lease.bind(records),
      prolong: () => Promise.reject(new Error('down')),
      release,
    } as unknown as LeasedRecords;
    const lease = await take('one', 0, from);
    await vi.advanceTimersByTimeAsync(5000);
    await lease?.end();
    await lease?.end();
    expect(release).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not keep the process running', async () => {
    vi.useRealTimers();
    const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const lease = await take('one');
    const after = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    expect(after).toBe(before);
    await lease?.end();
  });
});
