import { describe, expect, it } from 'vitest';
import { ConsumedStates } from './consumed-states.js';

function setUp(maxRemembered?: number) {
  const clock = { now: 1000 };
  return { clock, states: new ConsumedStates(600, () => clock.now, maxRemembered) };
}

describe('ConsumedStates', () => {
  it('lets each state be answered once', () => {
    const { states } = setUp();
    expect(states.consume('one')).toBe(true);
    expect(states.consume('one')).toBe(false);
    expect(states.consume('two')).toBe(true);
    expect(states.consume('one')).toBe(false);
  });

  it('remembers a state as long as its transaction could live', () => {
    const { states, clock } = setUp();
    states.consume('one');
    clock.now += 599.9;
    expect(states.consume('one')).toBe(false);
    clock.now += 0.1;
    expect(states.consume('one')).toBe(true);
  });

  it('forgets what has expired', () => {
    const { states, clock } = setUp();
    for (let index = 0; index < 50; index++) {
      states.consume(`state ${index}`);
      clock.now += 1;
    }
    expect(states.size).toBe(50);
    clock.now += 600;
    states.consume('another');
    expect(states.size).toBe(1);
  });

  it('keeps its memory bounded and gives up the oldest first', () => {
    const { states } = setUp(100);
    for (let index = 0; index < 1000; index++) {
      states.consume(`state ${index}`);
      expect(states.size).toBeLessThanOrEqual(100);
    }
    expect(states.consume('state 999')).toBe(false);
    expect(states.consume('state 950')).toBe(false);
    expect(states.consume('state 0')).toBe(true);
  });

  it('keeps digests, so that long states cost no more than short ones', () => {
    const { states } = setUp();
    const long = 's'.repeat(100_000);
    expect([states.consume(long), states.consume(long)]).toEqual([true, false]);
    expect(states.consume(`${long}s`)).toBe(true);
  });
});
