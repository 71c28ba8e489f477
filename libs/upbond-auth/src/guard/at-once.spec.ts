import { describe, expect, it } from 'vitest';
import { orElse, whenThere } from './at-once.js';

/** Not a promise, but awaited like one: some libraries answer with such a thing. */
function thenable<Value>(value: Value): PromiseLike<Value> {
  // oxlint-disable-next-line unicorn/no-thenable -- that it is one is the point
  return { then: (done, failed) => Promise.resolve(value).then(done, failed) };
}

function failing(): number {
  throw new Error('failed');
}

const doubled = (value: number) => value * 2;
const message = (reason: unknown) => (reason as Error).message.length;

describe('whenThere', () => {
  it('goes on at once with what is there', () => {
    expect(whenThere(21, doubled)).toBe(42);
    expect(whenThere<undefined, boolean>(undefined, (value) => value === undefined)).toBe(true);
    expect(whenThere<null, boolean>(null, (value) => value === null)).toBe(true);
  });

  it.each<[string, PromiseLike<number>]>([
    ['a promise', Promise.resolve(21)],
    ['a thenable', thenable(21)],
  ])('waits for %s', async (_, value) => {
    const result = whenThere(value, doubled);
    expect(result).toHaveProperty('then');
    expect(await result).toBe(42);
  });

  it('goes on with a promise', async () => {
    expect(await whenThere(21, async (value) => doubled(value))).toBe(42);
  });

  it('fails as it failed', async () => {
    expect(() => whenThere(21, failing)).toThrow('failed');
    await expect(whenThere(Promise.resolve(21), failing)).rejects.toThrow('failed');
    await expect(whenThere(Promise.reject(new Error('before')), doubled)).rejects.toThrow('before');
  });
});

describe('orElse', () => {
  it('answers what is there, or comes', async () => {
    expect(orElse(() => 21, message)).toBe(21);
    expect(await orElse(() => Promise.resolve(21), message)).toBe(21);
  });

  it('answers something else for what failed at once or later', async () => {
    expect(orElse(failing, message)).toBe('failed'.length);
    expect(await orElse(async () => failing(), message)).toBe('failed'.length);
  });

  it('fails when nothing else will do', async () => {
    expect(() => orElse(failing, failing)).toThrow('failed');
    await expect(orElse(async () => failing(), failing)).rejects.toThrow('failed');
  });
});
