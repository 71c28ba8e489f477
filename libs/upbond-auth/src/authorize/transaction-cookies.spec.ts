import { describe, expect, it } from 'vitest';
import { cookieNames } from '../cookies/cookie-names.js';
import type { Exchange } from '../exchange/exchange.js';
import { isMatched, TransactionCookies, type NewStateHalf } from './transaction-cookies.js';
import { TransactionSealer } from './transaction.js';

const LIFETIME = 600;
const names = cookieNames('AbC123', false);
const half = { nonce: 'n'.repeat(43), codeVerifier: 'v'.repeat(43), isRecovery: false };
const request = { returnTo: '/profile', maxAge: undefined };

/** A browser as far as cookies go: what an answer sets, the next request carries. */
class Browser {
  readonly jar = new Map<string, string[]>();
  deletions = 0;

  exchange(): Exchange {
    return {
      cookies: new Map([...this.jar].map(([name, values]) => [name, [...values]])),
      setCookie: (name: string, value: string) => void this.jar.set(name, [value]),
      deleteCookie: (name: string) => {
        this.deletions++;
        this.jar.delete(name);
      },
    } as unknown as Exchange;
  }

  get size(): number {
    return [...this.jar].reduce((sum, [name, [value]]) => sum + name.length + value!.length, 0);
  }
}

function setUp() {
  const clock = { now: 1_800_000_000 };
  const sealer = new TransactionSealer(['k9Xw2LrT8vQzB4mN7cYhJ6pDf3GsA5Ue'], 'default AbC123');
  const cookies = new TransactionCookies(sealer, names, LIFETIME, 'lax', () => clock.now);
  const browser = new Browser();
  const start = (more = {}, wanted: NewStateHalf = request) =>
    cookies.start(browser.exchange(), { ...half, ...more }, wanted);
  const find = (state: string | undefined) => cookies.find(browser.exchange(), state);
  return { clock, sealer, cookies, browser, start, find };
}

describe('TransactionCookies', () => {
  it('finds a transaction by its state, in the browser that began it', () => {
    const { start, find, clock } = setUp();
    const transaction = start();
    expect(find(transaction.state)).toEqual(transaction);
    expect(transaction).toMatchObject({ ...half, ...request, expiresAt: clock.now + LIFETIME });
  });

  it('finds a transaction by its id, when there was nothing to hide in its state', () => {
    const { start, find } = setUp();
    const transaction = start({}, {});
    expect(transaction.state).toBe(transaction.id);
    expect(find(transaction.state)).toEqual(transaction);
  });

  it('does not take the id for a state that was sealed: it would leave out max_age', () => {
    const { start, find } = setUp();
    const { id, state } = start({}, { maxAge: 60 });
    expect(find(id)).toEqual({ reason: 'foreign', stateHalf: { id, isRecovery: false } });
    expect(find(state)).toMatchObject({ id, maxAge: 60 });
  });

  it('does not take a sealed state for one that was not, even under its id', () => {
    const { start, find, sealer } = setUp();
    const { id } = start({}, {});
    expect(isMatched(find(sealer.sealState({ id, returnTo: '/', isRecovery: false })))).toBe(false);
  });

  it('finds nothing in another browser, but knows where the user wanted to go', () => {
    const { start, cookies } = setUp();
    const { state, id } = start();
    const found = cookies.find(new Browser().exchange(), state);
    expect(isMatched(found)).toBe(false);
    expect(found).toEqual({
      reason: 'foreign',
      stateHalf: { id, ...request, isRecovery: half.isRecovery },
    });
  });

  it.each([undefined, '', 'made-up', '__proto__', 'A'.repeat(5000)])(
    'finds nothing for the state %j',
    (state) => {
      const { start, find } = setUp();
      start();
      expect(find(state)).toEqual({ reason: 'foreign' });
    },
  );

  it('finds nothing once it has expired', () => {
    const { start, find, clock } = setUp();
    const { state, id } = start();
    clock.now += LIFETIME - 1;
    expect(isMatched(find(state))).toBe(true);
    clock.now += 1;
    expect(find(state)).toEqual({
      reason: 'expired',
      stateHalf: { id, ...request, isRecovery: half.isRecovery },
    });
  });

  it('finds nothing once it was deleted', () => {
    const { start, find, cookies, browser } = setUp();
    const transaction = start();
    cookies.delete(browser.exchange(), transaction);
    expect(find(transaction.state)).toMatchObject({ reason: 'foreign' });
    expect(browser.jar.size).toBe(0);
  });

  it('finds the genuine one of several cookies with the same name', () => {
    const { start, find, browser } = setUp();
    const { state, id } = start();
    const name = names.transaction + id;
    const [genuine] = browser.jar.get(name)!;
    for (const values of [
      ['garbage', genuine!],
      [genuine!, 'garbage'],
      ['', 'a', 'b', 'c', genuine!],
    ]) {
      browser.jar.set(name, values);
      expect(isMatched(find(state))).toBe(true);
    }
  });

  it('does not pair the state of one with the cookie of another', () => {
    const { start, find, browser } = setUp();
    const [first, second] = [start(), start()];
    const [moved] = browser.jar.get(names.transaction + second.id)!;
    browser.jar.set(names.transaction + first.id, [moved!]);
    expect(isMatched(find(first.state))).toBe(false);
  });

  it('lets ten be under way at once, finished in any order', () => {
    const { start, find, cookies, browser } = setUp();
    const transactions = Array.from({ length: 10 }, () => start());
    for (const transaction of transactions.toReversed()) {
      expect(isMatched(find(transaction.state))).toBe(true);
      cookies.delete(browser.exchange(), transaction);
    }
  });

  it('keeps 200 abandoned ones within 3 kB, and the latest alive', () => {
    const { start, find, browser, clock } = setUp();
    for (let count = 0; count < 200; count++) {
      clock.now += 1;
      const { state } = start();
      expect(browser.size).toBeLessThanOrEqual(3000);
      expect(isMatched(find(state))).toBe(true);
    }
  });

  it('gives up the oldest first', () => {
    const { start, find, clock } = setUp();
    const transactions = Array.from({ length: 14 }, () => {
      clock.now += 1;
      return start();
    });
    const alive = transactions.map(({ state }) => isMatched(find(state)));
    const firstAlive = alive.indexOf(true);
    expect(firstAlive).toBeGreaterThan(0);
    expect(alive.slice(firstAlive).every(Boolean)).toBe(true);
  });

  it('clears away what has expired or does not open, a bounded number at a time', () => {
    const { start, browser, clock } = setUp();
    start();
    clock.now += LIFETIME;
    for (let index = 0; index < 100; index++)
      browser.jar.set(`${names.transaction}${index}`, ['x']);
    browser.jar.set('another-cookie', ['x']);
    for (let login = 0; login < 6; login++) {
      browser.deletions = 0;
      start();
      expect(browser.deletions).toBeLessThanOrEqual(20);
    }
    expect([...browser.jar.keys()].filter((name) => !name.startsWith(names.transaction))).toEqual([
      'another-cookie',
    ]);
    expect(browser.jar.size).toBe(7);
  });

  it('knows whether a login was started for an unmatched callback', () => {
    const { start, cookies, browser, clock } = setUp();
    start();
    expect(cookies.isRecovering(browser.exchange())).toBe(false);
    start({ isRecovery: true });
    expect(cookies.isRecovering(browser.exchange())).toBe(true);
    clock.now += LIFETIME;
    expect(cookies.isRecovering(browser.exchange())).toBe(false);
  });
});
