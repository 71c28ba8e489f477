import { LocalRecords } from './local-records.js';

const NOTHING = { value: undefined, writtenAs: 0 };

describe('LocalRecords', () => {
  let time: number;
  let records: LocalRecords;
  beforeEach(() => {
    time = 1_700_000_000;
    records = new LocalRecords(() => time, 3);
  });

  function lease(key: string, leaseSeconds = 10) {
    return records.lease(key, { owner: key, leaseSeconds, unlessNewerThan: 0 });
  }

  async function write(key: string, ttlSeconds = 10) {
    const { lease: number } = await lease(key);
    return records.writeRecord(key, number ?? 0, `value of ${key}`, ttlSeconds);
  }

  async function kept(...keys: string[]) {
    const states = await Promise.all(keys.map((key) => records.readRecord(key)));
    return keys.filter((_key, index) => states[index]?.value !== undefined);
  }

  it('forgets what has expired before what is oldest', async () => {
    for (const [key, ttl] of [['a', 20] as const, ['b', 5] as const, ['c', 20] as const]) {
      await write(key, ttl);
    }
    time += 6;
    await write('d');
    expect(records.size).toBe(3);
    expect(await kept('a', 'b', 'c', 'd')).toEqual(['a', 'c', 'd']);
  });

  it('forgets what was leased or written longest ago', async () => {
    for (const key of ['a', 'b', 'c']) await write(key, 20);
    await records.lease('a', { owner: 'x', leaseSeconds: 1, unlessNewerThan: 2 ** 51 });
    await records.release('a', 'x');
    await write('d');
    expect(records.size).toBe(3);
    expect(await kept('a', 'b', 'c', 'd')).toEqual(['a', 'c', 'd']);
  });

  it('never forgets a lease that is held, and refuses one more', async () => {
    await lease('a');
    for (const key of ['b', 'c', 'd', 'e']) await write(key);
    expect(await records.prolong('a', 'a', 10)).toBe(true);
    await lease('x');
    await lease('y');
    await expect(lease('f')).rejects.toThrow('Every record is leased');
    await expect(records.writeRecord('f', 1, 'value', 10)).rejects.toThrow('leased');
    expect((await lease('a')).lease).toBeDefined();
    await records.release('x', 'x');
    expect((await lease('f')).lease).toBeDefined();
    expect(records.size).toBe(3);
  });

  it('goes on with greater numbers when a record was forgotten or the clock went back', async () => {
    let last = 0;
    for (const step of [0, 0, -3600, 0, 7200, -7200]) {
      time += step;
      const key = String(Math.random());
      const { lease: number } = await lease(key, 0.001);
      expect(number).toBeGreaterThan(last);
      last = number ?? 0;
      await records.release(key, key);
    }
    expect(last).toBeLessThan(2 ** 52);
  });

  it('counts milliseconds of its clock, as other memories do', async () => {
    expect((await lease('a')).lease).toBe(time * 1000);
    expect((await lease('b')).lease).toBe(time * 1000 + 1);
    expect(await records.readRecord('b')).toEqual(NOTHING);
  });

  it('remembers nothing for reading, prolonging or releasing', async () => {
    await records.readRecord('a');
    await records.prolong('a', 'a', 10);
    await records.release('a', 'a');
    expect(records.size).toBe(0);
  });

  it('keeps 10,000 records unless told otherwise', async () => {
    records = new LocalRecords(() => time);
    for (let index = 0; index < 10_050; index++) await write(`key ${index}`);
    expect(records.size).toBe(10_000);
    expect(await kept('key 49', 'key 50')).toEqual(['key 50']);
  });
});
