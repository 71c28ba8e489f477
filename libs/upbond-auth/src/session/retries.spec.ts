import { afterEach, describe, expect, it, vi } from 'vitest';
import { Retries } from './retries.js';

describe('Retries', () => {
  afterEach(() => vi.useRealTimers());

  it('tries again until the work succeeds, and then no more', async () => {
    vi.useFakeTimers();
    const retries = new Retries();
    let isDown = true;
    const work = vi.fn<() => Promise<void>>(() =>
      isDown ? Promise.reject(new Error('down')) : Promise.resolve(),
    );
    retries.add('one', work);
    await vi.advanceTimersByTimeAsync(3000);
    expect(work).toHaveBeenCalledTimes(3);
    isDown = false;
    await vi.advanceTimersByTimeAsync(5000);
    expect(work).toHaveBeenCalledTimes(4);
    expect(retries.size).toBe(0);
  });

  it('keeps a bounded amount of work and gives up when it is stopped', async () => {
    vi.useFakeTimers();
    const retries = new Retries();
    const work = vi.fn<() => Promise<void>>(() => Promise.resolve());
    for (let index = 0; index < 1500; index++) retries.add(String(index), work);
    expect(retries.size).toBe(1000);
    retries.stop();
    await vi.advanceTimersByTimeAsync(5000);
    expect(work).not.toHaveBeenCalled();
  });
});
