import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type {
  LeaseAttempt,
  LeasedRecords,
} from '../../../libs/upbond-auth/src/shared-memory/leased-records.js';
import { until } from '../../support/waiting.js';

/** What a suite gives to {@link describeRecords}. */
export interface RecordsUnderTest {
  readonly records: LeasedRecords;
  /** The same records as another process sees them; `records` itself when there is no other way. */
  readonly other: LeasedRecords;
  close(): void;
}

const NOTHING = { value: undefined, writtenAs: 0 };

/** Asks for a lease as a new owner that knows what is there. */
export async function take(records: LeasedRecords, key: string, leaseSeconds = 60) {
  const owner = randomUUID();
  const { writtenAs } = await records.readRecord(key);
  const attempt = await records.lease(key, request(owner, leaseSeconds, writtenAs));
  return { ...attempt, owner };
}

/** The number of a lease that nobody else may have. */
export function numberOf({ lease }: LeaseAttempt): number {
  if (lease === undefined) throw new Error('no lease was taken');
  return lease;
}

function request(owner: string, leaseSeconds = 60, unlessNewerThan = 0) {
  return { owner, leaseSeconds, unlessNewerThan };
}

/** Any well-formed text: control characters, NUL, astral planes, what looks like a number or a command. */
const text = (minLength: number) =>
  fc.oneof(
    fc.string({ unit: 'binary', minLength, maxLength: 40 }),
    fc.constantFrom('0', '-1', 'nil', 'false', '\0', '\r\n$1\r\n', '*', '{}', '{a}b', '__proto__'),
  );

/** What every implementation of {@link LeasedRecords} must do. */
export function describeRecords(name: string, make: () => Promise<RecordsUnderTest>): void {
  describe(`the leased records ${name}`, () => {
    let under: RecordsUnderTest;
    let records: LeasedRecords;
    let other: LeasedRecords;
    let key: string;
    beforeAll(async () => {
      under = await make();
      ({ records, other } = under);
    });
    beforeEach(() => {
      key = randomUUID();
    });
    afterAll(() => under?.close());

    /** Leases with a small `unlessNewerThan`, as who knows no value does. */
    const takeUnlessWritten = (owner: string, unlessNewerThan = 0) =>
      records.lease(key, request(owner, 60, unlessNewerThan));

    describe('a lease', () => {
      it('goes to exactly one of 200 that ask at once', async () => {
        for (let round = 0; round < 5; round++) {
          const asked = Array.from({ length: 200 }, (_, turn) =>
            take(turn % 2 ? records : other, `${key}${round}`),
          );
          const attempts = await Promise.all(asked);
          expect(attempts.filter(({ lease }) => lease !== undefined)).toHaveLength(1);
          for (const attempt of attempts) expect(attempt).toMatchObject(NOTHING);
        }
      });

      it('has a number that grows over 1,000 leases, whether written or not', async () => {
        let last = 0;
        for (let turn = 0; turn < 1000; turn++) {
          const attempt = await take(turn % 2 ? records : other, key);
          const lease = numberOf(attempt);
          expect(lease).toBeGreaterThan(last);
          expect(lease).toBeLessThan(2 ** 52);
          if (turn % 3 === 0) await records.writeRecord(key, lease, `value ${turn}`, 60);
          else await records.release(key, attempt.owner);
          last = lease;
        }
      });

      it('is the same for the same owner that asks again', async () => {
        const owner = randomUUID();
        const first = await records.lease(key, request(owner));
        expect(numberOf(first)).toBe((await other.lease(key, request(owner))).lease);
        expect((await take(other, key)).lease).toBeUndefined();
      });

      it('goes to somebody else after its end, under a greater number', async () => {
        const late = await take(records, key, 0.2);
        expect((await take(other, key)).lease).toBeUndefined();
        let next: LeaseAttempt | undefined;
        await until(async () => {
          next = await take(other, key);
          return next.lease !== undefined;
        });
        expect(next?.lease).toBeGreaterThan(numberOf(late));
        expect(await records.prolong(key, late.owner, 60)).toBe(false);
      });

      it('is kept by prolonging it', async () => {
        const start = performance.now();
        const { owner } = await take(records, key, 0.4);
        while (performance.now() - start < 500) {
          expect(await records.prolong(key, owner, 0.4)).toBe(true);
          expect((await take(other, key)).lease).toBeUndefined();
        }
        await until(async () => !(await records.prolong(key, owner, 0.001)));
        expect((await take(other, key)).lease).toBeDefined();
      });

      it('is prolonged by its owner only', async () => {
        const { owner } = await take(records, key);
        expect(await other.prolong(key, randomUUID(), 0.001)).toBe(false);
        expect(await records.prolong(`${key}.`, owner, 60)).toBe(false);
        expect(await other.prolong(key, owner, 60)).toBe(true);
      });

      it('is given back by its owner, who may do so again', async () => {
        const { owner, lease } = await take(records, key);
        await other.release(key, randomUUID());
        expect((await take(other, key)).lease).toBeUndefined();
        await records.release(key, owner);
        await records.release(key, owner);
        const next = await take(other, key);
        expect(next.lease).toBeGreaterThan(lease!);
        await records.release(key, owner);
        expect((await take(records, key)).lease).toBeUndefined();
      });

      it('is not taken when a newer value is there', async () => {
        const number = numberOf(await take(records, key));
        await records.writeRecord(key, number, 'sealed', 60);
        const written = { value: 'sealed', writtenAs: number };
        for (const known of [0, 1, number - 1]) {
          expect(await takeUnlessWritten('a', known)).toEqual({ ...written, lease: undefined });
        }
        const attempt = await takeUnlessWritten('b', number);
        expect(attempt).toMatchObject(written);
        expect(attempt.lease).toBeGreaterThan(number);
      });

      it('is over for its owner when that is told of a newer value', async () => {
        const late = numberOf(await take(records, key, 0.02));
        await until(async () => (await takeUnlessWritten('a')).lease !== undefined);
        await other.writeRecord(key, late, 'late', 60);
        expect(await takeUnlessWritten('a')).toEqual({
          value: 'late',
          writtenAs: late,
          lease: undefined,
        });
        expect((await take(other, key)).lease).toBeDefined();
      });

      it('has a number above what its owner knows, also one from the future', async () => {
        const future = Date.now() + 3_600_000;
        const owner = randomUUID();
        const first = numberOf(await takeUnlessWritten(owner, future));
        expect(first).toBeGreaterThan(future);
        await records.release(key, owner);
        const second = numberOf(await takeUnlessWritten(owner, future));
        expect(second).toBeGreaterThan(first);
        await records.release(key, owner);
        expect(numberOf(await takeUnlessWritten(owner))).toBeGreaterThan(second);
      });

      it.each([-1, 0.5, Number.NaN, Infinity, 2 ** 52])(
        'is refused when %s is no number',
        async (number) => {
          await expect(takeUnlessWritten('a', number)).rejects.toThrow(RangeError);
          await expect(records.writeRecord(key, number, 'v', 60)).rejects.toThrow(RangeError);
          expect((await take(records, key)).lease).toBeDefined();
        },
      );
    });

    describe('a write', () => {
      it('is there for everybody, and gives the lease back', async () => {
        const { owner, lease } = await take(records, key);
        expect(await records.writeRecord(key, lease!, 'sealed', 60)).toBe(true);
        const written = { value: 'sealed', writtenAs: lease };
        expect(await other.readRecord(key)).toEqual(written);
        expect(await other.prolong(key, owner, 60)).toBe(false);
        expect(await take(other, key)).toMatchObject({ ...written, lease: expect.any(Number) });
      });

      it('by a late holder is refused after a newer one', async () => {
        const late = numberOf(await take(records, key, 0.02));
        const next = await takeAfter(key);
        expect(await other.writeRecord(key, next, 'newer', 60)).toBe(true);
        expect(await records.writeRecord(key, late, 'late', 60)).toBe(false);
        expect(await records.readRecord(key)).toEqual({ value: 'newer', writtenAs: next });
      });

      it('by a late holder is refused even when the newer value has expired', async () => {
        const late = numberOf(await take(records, key, 0.02));
        const next = await takeAfter(key);
        await other.writeRecord(key, next, 'newer', 0.05);
        const holder = await take(other, key);
        await until(async () => (await records.readRecord(key)).value === undefined);
        expect(await records.writeRecord(key, late, 'late', 60)).toBe(false);
        expect(await records.readRecord(key)).toEqual(NOTHING);
        expect(await other.prolong(key, holder.owner, 60)).toBe(true);
      });

      it('by a late holder counts while nothing newer was written, and takes no lease', async () => {
        const late = numberOf(await take(records, key, 0.02));
        const next = await takeAfter(key);
        expect(await records.writeRecord(key, late, 'late', 60)).toBe(true);
        expect(await other.readRecord(key)).toEqual({ value: 'late', writtenAs: late });
        expect((await take(records, key)).lease).toBeUndefined();
        expect(await other.writeRecord(key, next, 'newer', 60)).toBe(true);
        expect(await records.readRecord(key)).toEqual({ value: 'newer', writtenAs: next });
        expect(await records.writeRecord(key, late, 'late', 60)).toBe(false);
      });

      it('after its lease ended counts while nobody took another', async () => {
        const late = await take(records, key, 0.02);
        await until(async () => !(await records.prolong(key, late.owner, 0.001)));
        expect(await records.writeRecord(key, numberOf(late), 'late', 60)).toBe(true);
        expect(await other.readRecord(key)).toMatchObject({ value: 'late' });
      });

      it('may be repeated, and changes nothing then', async () => {
        const number = numberOf(await take(records, key));
        expect(await records.writeRecord(key, number, 'sealed', 60)).toBe(true);
        const next = await take(other, key);
        expect(await records.writeRecord(key, number, 'sealed', 60)).toBe(true);
        expect(await records.writeRecord(key, number, 'another', 60)).toBe(false);
        expect(await other.prolong(key, next.owner, 60)).toBe(true);
        await other.writeRecord(key, numberOf(next), 'newer', 60);
        expect(await records.writeRecord(key, number, 'sealed', 60)).toBe(false);
        expect(await records.readRecord(key)).toMatchObject({ value: 'newer' });
      });

      it('wins by its number when 100 write at once', async () => {
        const { owner, ...attempt } = await take(records, key);
        const first = numberOf(attempt);
        const writes = Array.from({ length: 100 }, (_, turn) => first + ((turn * 37) % 100));
        await Promise.all(
          writes.map((number, turn) =>
            (turn % 2 ? records : other).writeRecord(key, number, `value ${number}`, 60),
          ),
        );
        const newest = first + 99;
        expect(await other.readRecord(key)).toEqual({
          value: `value ${newest}`,
          writtenAs: newest,
        });
        // Whose write came late, and was refused, still holds the lease
        await records.release(key, owner);
        expect(numberOf(await take(records, key))).toBeGreaterThan(newest);
      });

      it('is kept for its time, however short the lease was', async () => {
        const number = numberOf(await take(records, key, 0.001));
        await records.writeRecord(key, number, 'sealed', 0.2);
        const written = { value: 'sealed', writtenAs: number };
        expect(await other.readRecord(key)).toEqual(written);
        await until(async () => (await other.readRecord(key)).value === undefined);
        expect(await other.readRecord(key)).toEqual(NOTHING);
        const next = await takeUnlessWritten('a');
        expect(next).toMatchObject(NOTHING);
        expect(next.lease).toBeGreaterThan(number);
      });

      it('under a number that was forgotten counts, and the next numbers are greater', async () => {
        const future = Date.now() + 3_600_000;
        expect(await records.writeRecord(key, future, 'sealed', 0.2)).toBe(true);
        expect(await takeUnlessWritten('a')).toMatchObject({ value: 'sealed', lease: undefined });
        await until(async () => (await other.readRecord(key)).value === undefined);
        expect(numberOf(await takeUnlessWritten('a'))).toBeGreaterThan(future);
      });

      it('of 64 kB is kept', async () => {
        const value = 'é\0𝄞~'.repeat(8 * 1024);
        expect(Buffer.byteLength(value)).toBe(64 * 1024);
        const number = numberOf(await take(records, key));
        expect(await records.writeRecord(key, number, value, 60)).toBe(true);
        expect(await records.writeRecord(key, number, value, 60)).toBe(true);
        expect((await take(other, key)).value).toBe(value);
      });
    });

    it('knows nothing of a key that nobody used', async () => {
      expect(await records.readRecord(key)).toEqual(NOTHING);
      expect(await records.prolong(key, 'a', 60)).toBe(false);
      await records.release(key, 'a');
      expect((await take(other, key)).lease).toBeDefined();
    });

    it('takes any text for a key, an owner and a value', async () => {
      await fc.assert(
        fc.asyncProperty(text(0), text(0), text(0), async (name, owner, value) => {
          const any = `${randomUUID()}${name}`;
          const number = numberOf(await records.lease(any, request(owner)));
          expect((await other.lease(any, request(`${owner}.`))).lease).toBeUndefined();
          expect(await other.prolong(any, owner, 60)).toBe(true);
          expect(await records.writeRecord(any, number, value, 60)).toBe(true);
          expect(await other.readRecord(any)).toEqual({ value, writtenAs: number });
          expect(await other.readRecord(`${any} `)).toEqual(NOTHING);
        }),
      );
    });

    /** Waits until the lease has ended, and takes the next one in the name of another process. */
    async function takeAfter(name: string): Promise<number> {
      let next: LeaseAttempt | undefined;
      await until(async () => {
        next = await take(other, name);
        return next.lease !== undefined;
      });
      return next!.lease!;
    }
  });
}
