import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { Caller } from '../guard/caller.js';
import { Connection, type Line } from './connection.js';
import { OpenConnections } from './open-connections.js';
import { placeOf } from './place.js';
import { renew } from './renewal.js';

function callerUntil(expiresAt: number, more: Partial<Caller> = {}): Caller {
  const authentication = () => ({ acr: undefined, authTime: undefined });
  return {
    sub: 'hanako',
    expiresAt,
    user: {},
    scopes: [],
    session: undefined,
    presented: () => undefined,
    authentication,
    ...more,
  };
}

/** A connection at second 0, and what its client is told. */
function scene(caller: Caller | undefined) {
  const time = { now: 0 };
  const told: string[] = [];
  const line: Line = {
    send: (event, data) => void told.push(`${event} ${JSON.stringify(data)}`),
    close: (code) => void told.push(`close ${code}`),
    destroy: () => void told.push('destroy'),
  };
  const isAlive = ({ expiresAt }: Caller) => time.now < expiresAt;
  const connection = new Connection(placeOf([]), line, caller, isAlive);
  const at = (now: number) => {
    time.now = now;
    connection.check(now);
  };
  return { connection, told, at };
}

describe('Connection', () => {
  it('says a minute before that it ends, once, and then ends once', () => {
    const { connection, told, at } = scene(callerUntil(100));
    at(39);
    expect(told).toEqual([]);
    at(40);
    at(41);
    expect(told).toEqual(['upbond:expiring {"expiresAt":100}']);
    expect(connection.caller).toBeDefined();
    at(100);
    expect(connection.caller).toBeUndefined();
    at(100.25);
    expect(told.slice(1)).toEqual(['close invalid_token']);
  });

  it('does not wait long for a client that does not answer', () => {
    const { told, at } = scene(callerUntil(100));
    for (const now of [100, 100.25, 100.5, 101]) at(now);
    expect(told).toEqual(['close invalid_token']);
    at(101.25);
    expect(told).toEqual(['close invalid_token', 'destroy']);
  });

  it('has nobody and no end when nobody opened it', () => {
    const { connection, told, at } = scene(undefined);
    at(1e9);
    expect(connection.caller).toBeUndefined();
    expect(told).toEqual([]);
  });

  it('goes on when it is renewed, and says again when that ends', async () => {
    const { connection, told, at } = scene(callerUntil(100));
    at(50);
    await renew(connection, async () => callerUntil(200));
    at(120);
    expect(connection.caller?.expiresAt).toBe(200);
    at(150);
    expect(told).toEqual([
      'upbond:expiring {"expiresAt":100}',
      'upbond:expiring {"expiresAt":200}',
    ]);
  });
});

describe('renew', () => {
  it('looks at one token at a time', async () => {
    const { connection } = scene(callerUntil(100));
    let finish: (caller: Caller) => void = () => undefined;
    const first = renew(connection, () => new Promise((resolve) => (finish = resolve)));
    const identify = vi.fn<() => Promise<Caller>>();
    await expect(renew(connection, identify)).rejects.toMatchObject({ code: 'invalid_request' });
    expect(identify).not.toHaveBeenCalled();
    finish(callerUntil(200));
    await expect(first).resolves.toMatchObject({ expiresAt: 200 });
    expect(connection.isRenewing).toBe(false);
  });

  it.each([
    [new UpbondAuthException('invalid_token'), ['close invalid_token']],
    [new UpbondAuthException('insufficient_permissions'), ['close insufficient_permissions']],
    // Not the client's fault: it can try again until its token ends
    [new UpbondAuthException('temporarily_unavailable'), []],
    [new Error('a hook of the application'), []],
  ])('after %s', async (error, expected) => {
    const { connection, told } = scene(callerUntil(100));
    await expect(renew(connection, () => Promise.reject(error))).rejects.toBe(error);
    expect(told).toEqual(expected);
    expect(connection.caller === undefined).toBe(expected.length > 0);
  });

  it('another subject ends it', async () => {
    const { connection, told } = scene(callerUntil(100));
    const other = async () => callerUntil(200, { sub: 'taro' });
    await expect(renew(connection, other)).rejects.toMatchObject({ code: 'invalid_token' });
    expect(told).toEqual(['close invalid_token']);
  });

  it('what has ended, what nobody opened and what a session opened is not renewed', async () => {
    const session = {} as Caller['session'];
    const ended = scene(callerUntil(100));
    ended.at(100);
    for (const { connection } of [
      ended,
      scene(undefined),
      scene(callerUntil(100, session && { session })),
    ]) {
      const identify = vi.fn<() => Promise<Caller>>();
      await expect(renew(connection, identify)).rejects.toMatchObject({ code: 'invalid_request' });
      expect(identify).not.toHaveBeenCalled();
    }
    await expect(renew(undefined, vi.fn<() => Promise<Caller>>())).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });
});

describe('OpenConnections', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('has one timer while there are connections, and none after', () => {
    const open = new OpenConnections(() => 0);
    const [one, other] = [scene(undefined).connection, scene(undefined).connection];
    open.add(one);
    open.add(other);
    expect(vi.getTimerCount()).toBe(1);
    open.delete(one);
    open.delete(one);
    expect(open.isWatching).toBe(true);
    open.delete(other);
    expect(vi.getTimerCount()).toBe(0);
    expect(open).toMatchObject({ size: 0, isWatching: false });
    open.add(one);
    expect(vi.getTimerCount()).toBe(1);
    open.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('looks at each several times a second', () => {
    const { connection, told } = scene(callerUntil(100));
    const open = new OpenConnections(() => 50);
    open.add(connection);
    vi.advanceTimersByTime(300);
    expect(told).toEqual(['upbond:expiring {"expiresAt":100}']);
    open.stop();
  });
});
