import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryAfterSeconds } from './retry-after.js';

const NOW = Date.UTC(2030, 0, 1, 12);
const SERVER_TIME = 'Mon, 01 Jan 2029 12:00:00 GMT';

const read = (value: string, date?: string) =>
  retryAfterSeconds(new Headers({ 'retry-after': value, ...(date && { date }) }), NOW);

describe('retryAfterSeconds', () => {
  it.each([
    ['0', 0],
    ['7', 7],
    ['007', 7],
    ['86400', 86_400],
    ['86401', 86_400],
    ['9'.repeat(400), 86_400],
    ['Tue, 01 Jan 2030 12:02:00 GMT', 120],
    ['Wed, 01 Jan 2031 12:00:00 GMT', 86_400],
  ])('reads %j as %j', (value, seconds) => {
    expect(read(value)).toBe(seconds);
  });

  it("reads a date against the server's own clock", () => {
    expect(read('Mon, 01 Jan 2029 12:00:30 GMT', SERVER_TIME)).toBe(30);
    expect(read('Tue, 01 Jan 2030 12:02:00 GMT', 'yesterday')).toBe(120);
  });

  it.each([
    '',
    ' ',
    '-1',
    '+1',
    '1.5',
    '1e3',
    '0x10',
    '5 seconds',
    '5, 6',
    '٣',
    'Infinity',
    'NaN',
    'soon',
    // In the past, and at once
    'Fri, 31 Dec 1999 23:59:59 GMT',
    'Tue, 01 Jan 2030 12:00:00 GMT',
    // Date.parse() takes these
    '2030-01-01T12:02:00Z',
    'Tue, 01 Jan 2030 12:02:00 +0000',
    'Tue, 99 Jan 2030 12:02:00 GMT',
    // RFC 9110 §5.6.7: obsolete, and two digits of a year are a guess
    'Tuesday, 01-Jan-30 12:02:00 GMT',
  ])('ignores %j', (value) => {
    // Headers refuses what is not Latin-1
    const headers = { get: (name: string) => (name === 'retry-after' ? value : null) };
    expect(retryAfterSeconds(headers as Headers, NOW)).toBeUndefined();
  });

  it('is absent without the header', () => {
    expect(retryAfterSeconds(new Headers(), NOW)).toBeUndefined();
  });

  it('is nothing, or a whole number of seconds up to a day, whatever is said', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary-ascii' }),
      fc.integer().map(String),
      fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
    );
    const get = (value: string, date: string) => (name: string) => (name === 'date' ? date : value);
    fc.assert(
      fc.property(text, text, (value, date) => {
        const seconds = retryAfterSeconds({ get: get(value, date) } as unknown as Headers, NOW);
        if (seconds === undefined) return;
        expect(Number.isSafeInteger(seconds)).toBe(true);
        expect(seconds).toBeGreaterThanOrEqual(0);
        expect(seconds).toBeLessThanOrEqual(86_400);
      }),
      { numRuns: 2_000 },
    );
  });
});
