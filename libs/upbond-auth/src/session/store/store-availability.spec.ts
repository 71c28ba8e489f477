import { describe, expect, it, vi } from 'vitest';
import { StoreAvailability } from './store-availability.js';

const UNAVAILABLE = { code: 'session_store_unavailable', headers: { 'Retry-After': '1' } };

function setUp() {
  const clock = { now: 0 };
  const availability = new StoreAvailability(() => clock.now);
  const fail = vi.fn<() => Promise<string>>(() => Promise.reject(new Error('down')));
  const succeed = vi.fn<() => Promise<string>>(() => Promise.resolve('session'));
  return { clock, availability, fail, succeed };
}

describe('StoreAvailability', () => {
  it('answers at once after three failures in a row, and asks again after a second', async () => {
    const { clock, availability, fail, succeed } = setUp();
    for (let index = 0; index < 3; index++) {
      await expect(availability.ask(fail)).rejects.toMatchObject(UNAVAILABLE);
    }
    await expect(availability.ask(succeed)).rejects.toMatchObject(UNAVAILABLE);
    expect(succeed).not.toHaveBeenCalled();
    clock.now = 1001;
    expect(await availability.ask(succeed)).toBe('session');
    await expect(availability.ask(fail)).rejects.toMatchObject(UNAVAILABLE);
    expect(await availability.ask(succeed)).toBe('session');
  });

  it('does not take one failing node of several for the whole store', async () => {
    const { availability, fail, succeed } = setUp();
    for (let index = 0; index < 20; index++) {
      await expect(availability.ask(fail)).rejects.toMatchObject(UNAVAILABLE);
      expect(await availability.ask(succeed)).toBe('session');
    }
  });
});
