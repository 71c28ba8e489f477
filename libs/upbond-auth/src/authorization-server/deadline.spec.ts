import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startDeadline, withDeadline } from './deadline.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('startDeadline', () => {
  it('tells the latest listener when time is up', () => {
    const deadline = startDeadline(2, undefined);
    const [first, second] = [
      vi.fn<(reason: unknown) => void>(),
      vi.fn<(reason: unknown) => void>(),
    ];
    deadline.onOver(first);
    deadline.onOver(second);
    vi.advanceTimersByTime(1999);
    expect(second).not.toHaveBeenCalled();
    deadline.throwIfOver();
    vi.advanceTimersByTime(1);
    expect(second).toHaveBeenCalledExactlyOnceWith(new Error('no complete answer within 2 s'));
    expect(first).not.toHaveBeenCalled();
    expect(() => deadline.throwIfOver()).toThrow('no complete answer within 2 s');
  });

  it('is over at once, and for the same reason, when the caller gave up before', () => {
    const reason = new Error('gone');
    const deadline = startDeadline(2, AbortSignal.abort(reason));
    const listener = vi.fn<(reason: unknown) => void>();
    deadline.onOver(listener);
    expect(listener).toHaveBeenCalledExactlyOnceWith(reason);
    expect(() => deadline.throwIfOver()).toThrow(reason);
  });

  it('never ends once it is stopped', () => {
    const caller = new AbortController();
    const deadline = startDeadline(2, caller.signal);
    const listener = vi.fn<(reason: unknown) => void>();
    deadline.onOver(listener);
    deadline.stop();
    caller.abort();
    vi.advanceTimersByTime(9000);
    expect(listener).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('withDeadline', () => {
  it('aborts the signal that was asked for, and tells the listener, when time is up', async () => {
    const listener = vi.fn<(reason: unknown) => void>();
    const work = withDeadline(2, (deadline) => {
      const signal = deadline.patience();
      deadline.onOver(listener);
      expect(deadline.patience()).toBe(signal);
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    });
    vi.advanceTimersByTime(2000);
    await expect(work).rejects.toThrow('no complete answer within 2 s');
    expect(listener).toHaveBeenCalledOnce();
  });

  it('gives a signal that is aborted already when time was up before it was asked for', async () => {
    await withDeadline(2, async (deadline) => {
      vi.advanceTimersByTime(2000);
      const { aborted, reason } = deadline.patience();
      expect([aborted, reason]).toEqual([true, new Error('no complete answer within 2 s')]);
    });
  });

  it.each([
    ['an answer', () => Promise.resolve(1)],
    ['a failure', () => Promise.reject(new Error('no'))],
  ])('leaves no timer behind after %s', async (_name, work) => {
    await withDeadline(2, work).catch(() => {});
    expect(vi.getTimerCount()).toBe(0);
  });
});
