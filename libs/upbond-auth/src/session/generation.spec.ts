import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  GENERATION,
  nextGeneration,
  refreshedGeneration,
  rolledGeneration,
  timeOf,
} from './generation.js';

const NOW = 1_800_000_000_000;
const LOGIN = nextGeneration(NOW, 'hanako', undefined);

describe('nextGeneration', () => {
  it('is the same for logins of one user within ten seconds, and of nobody else', () => {
    expect(nextGeneration(NOW + 9999, 'hanako', undefined)).toBe(LOGIN);
    expect(nextGeneration(NOW + 10_000, 'hanako', undefined)).not.toBe(LOGIN);
    expect(nextGeneration(NOW, 'taro', undefined)).not.toBe(LOGIN);
  });

  it('is later than what the browser has, also when the clock went back', () => {
    const again = nextGeneration(NOW - 3_600_000, 'hanako', LOGIN);
    expect(timeOf(again)).toBe(timeOf(LOGIN) + 1);
  });
});

describe('refreshedGeneration', () => {
  it('is the same for all answers with the same tokens, whatever cookie they answer', () => {
    const number = NOW + 3_600_123;
    const rolled = rolledGeneration('id', LOGIN);
    const names = [LOGIN, rolled].map((previous) => refreshedGeneration('id', number, previous));
    expect(new Set(names).size).toBe(1);
  });

  it('is later than a roll of the same cookie, so that old tokens do not come back', () => {
    // A refresh right after the login, in the same ten seconds
    for (const number of [1, NOW, NOW + 9999]) {
      const refreshed = refreshedGeneration('id', number, LOGIN);
      expect(timeOf(refreshed)).toBeGreaterThan(timeOf(rolledGeneration('id', LOGIN)));
    }
  });

  it('of newer tokens is later, when more than ten seconds lie between them', () => {
    const first = refreshedGeneration('id', NOW + 20_000, LOGIN);
    const second = refreshedGeneration('id', NOW + 30_000, LOGIN);
    expect(timeOf(second)).toBeGreaterThan(timeOf(first));
    expect(timeOf(refreshedGeneration('id', NOW + 20_001, first))).toBeGreaterThan(timeOf(first));
  });

  it('keeps sessions apart', () => {
    const number = NOW + 20_000;
    expect(refreshedGeneration('id', number, LOGIN)).not.toBe(
      refreshedGeneration('other', number, LOGIN),
    );
  });

  it('is always a generation, later than the one before', () => {
    // Milliseconds until the year 5000, or a mere counter
    const numbers = fc.integer({ min: 1, max: Date.UTC(5000) });
    fc.assert(
      fc.property(numbers, fc.string(), fc.nat(NOW * 2), (number, id, milliseconds) => {
        const previous = nextGeneration(milliseconds, id, undefined);
        const refreshed = refreshedGeneration(id, number, previous);
        expect(refreshed).toMatch(new RegExp(`^${GENERATION}$`));
        expect(timeOf(refreshed)).toBeGreaterThan(timeOf(previous) + 1);
      }),
    );
  });
});
