import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explore, sample } from './explorer.js';
import { broken, LIBRARY, type Change, type Library } from './library.js';
import { BadState } from './steps.js';
import { interleave, type Planned, type Scenario } from './world.js';

const SEED = 78;

const request =
  (kind: Planned['kind']) =>
  (at: number, more: Partial<Planned> = {}): Planned => ({ kind, at, ...more });
const token = request('token');
const page = request('page');
const login = request('login');
const logout = request('logout');

const CUT = { isCut: true };
const COOKIES = { rotation: 'rotates', keptIn: 'cookies' } as const;
const STORE = { rotation: 'rotates', keptIn: 'store' } as const;
const ALONE = { ...COOKIES, isShared: false } as const;

/** Small enough for all of their interleavings. */
const SMALL = {
  'three requests at two processes': { ...COOKIES, requests: [token(0), token(0), token(1)] },
  'four requests at two processes, of which one answer arrives': {
    ...COOKIES,
    requests: [token(0), token(0, CUT), token(1, CUT), token(1, CUT)],
  },
  'two requests at two processes, with a store': { ...STORE, requests: [token(0), token(1)] },
  'three requests at one process with a memory of its own': {
    ...ALONE,
    requests: [token(0), token(0), token(0)],
  },
  'a logout beside a refresh': { ...COOKIES, requests: [token(0), logout(1)] },
  'a logout beside a refresh, with a store': { ...STORE, requests: [token(0), logout(1)] },
  'a logout beside two refreshes of one process': {
    ...ALONE,
    requests: [token(0), token(0), logout(0)],
  },
  'a rolling write beside a refresh': {
    ...COOKIES,
    isRolling: true,
    requests: [token(0), page(1)],
  },
  'a rolling write beside a refresh, with a store': {
    ...STORE,
    isRolling: true,
    requests: [token(0), page(1)],
  },
  'a second login beside a refresh': { ...COOKIES, requests: [token(0), login(1)] },
  'a second login beside a refresh, with a store': { ...STORE, requests: [token(0), login(1)] },
  'an answer that never arrives': {
    ...COOKIES,
    requests: [token(0, CUT), token(1, { isLater: true })],
  },
  'a holder that stands still beyond its lease': {
    ...COOKIES,
    rotation: 'forgives',
    passing: [6],
    requests: [token(0), token(1)],
  },
} satisfies Record<string, Scenario>;

/** Too large for all of its interleavings; what breaks it is found early. */
const CLICKED_TWICE: Scenario = {
  ...COOKIES,
  isRolling: true,
  requests: [page(0), logout(1), logout(1), page(0, { isLater: true })],
};
const SEARCHED = { ...SMALL, 'a logout that is clicked twice': CLICKED_TWICE };

function exhaust(scenario: Scenario, library: Library = LIBRARY): Promise<number> {
  return explore((choose) => interleave(library, scenario, choose));
}

/** Twelve requests of all kinds at three processes, at any time. */
function large(random: () => number, rest: Large): Scenario {
  const pick = <Value>(...values: readonly Value[]): Value =>
    values[Math.floor(random() * values.length)]!;
  const requests = Array.from({ length: 12 }, () => {
    const kind = pick(
      'token',
      'token',
      'token',
      'token',
      'token',
      'page',
      'stream',
      'login',
      'logout',
    );
    const isCut = rest.isCutting === true && kind === 'token' && random() < 0.3;
    return request(kind)(pick(0, 1, 2), { isLater: random() < 0.7, isCut });
  });
  const rotation = pick('rotates', 'forgives', 'keeps', 'silent');
  return { requests, rotation, isRolling: random() < 0.5, ...rest };
}

interface Large extends Omit<Scenario, 'requests' | 'rotation'> {
  readonly rotation?: Scenario['rotation'];
  readonly isCutting?: boolean;
}

function atRandom(rest: Large, count: number, library: Library = LIBRARY): Promise<number> {
  const interleaving = (random: () => number) => {
    const scenario = large(random, rest);
    return (choose: Parameters<typeof interleave>[2]) => interleave(library, scenario, choose);
  };
  return sample(interleaving, { seed: SEED, count });
}

const CHANGING: Large = { keptIn: 'cookies', expiries: 2, passing: [2, 2] };

let total = 0;
beforeAll(() => Logger.overrideLogger(false));
afterAll(() => console.log(`${total} interleavings altogether, no bad state.`));

describe('Login, refresh, logout and rolling write', () => {
  it.each(Object.entries<Scenario>(SMALL))(
    'reach no bad state in any interleaving: %s',
    async (name, scenario) => {
      const explored = await exhaust(scenario);
      total += explored;
      console.log(`${name}: all ${explored} interleavings`);
      expect(explored).toBeGreaterThan(1);
    },
    120_000,
  );

  it.each<[string, Large]>([
    ['cookies', CHANGING],
    ['cookies, and answers that never arrive', { keptIn: 'cookies', expiries: 2, isCutting: true }],
    ['a store', { keptIn: 'store', expiries: 2, passing: [2, 2] }],
    ['a store, and answers that never arrive', { keptIn: 'store', expiries: 2, isCutting: true }],
    ['a holder that stands still', { keptIn: 'cookies', rotation: 'forgives', passing: [6, 6] }],
    [
      'a holder that stands still, and a store',
      { keptIn: 'store', rotation: 'keeps', passing: [6, 6] },
    ],
    [
      'a server that notices it',
      { keptIn: 'cookies', rotation: 'rotates', passing: [6, 6], mayEnd: true },
    ],
    ['a process that is killed', { keptIn: 'cookies', expiries: 2, killed: 0, mayEnd: true }],
    [
      'a process that is killed, and a store',
      { keptIn: 'store', expiries: 2, killed: 0, mayEnd: true },
    ],
    ['a memory that forgets', { keptIn: 'cookies', expiries: 2, isForgetful: true, mayEnd: true }],
    [
      'a memory that forgets, and a store',
      { keptIn: 'store', expiries: 2, isForgetful: true, mayEnd: true },
    ],
  ])(
    'reach no bad state in large scenarios with %s',
    async (name, rest) => {
      const explored = await atRandom(rest, 150);
      total += explored;
      console.log(`${name}: ${explored} interleavings at random, seed ${SEED}`);
    },
    120_000,
  );

  it('reach no bad state when a logout is clicked twice beside a rolling write', async () => {
    const run = (choose: Parameters<typeof interleave>[2]) =>
      interleave(LIBRARY, CLICKED_TWICE, choose);
    const explored = await sample(() => run, { seed: SEED, count: 300 });
    total += explored;
    console.log(
      `a logout that is clicked twice: ${explored} interleavings at random, seed ${SEED}`,
    );
  }, 120_000);
});

const COORDINATOR = 'tokens/refresh-coordinator.ts';
const RECORD = 'shared-memory/local-record.ts';
const THROUGH_RECORDS = ['shared-memory/local-records.ts'];
const NO_LEASE: Change = {
  file: RECORD,
  from: '(this.isHeld(now) && this.#owner !== owner)',
  to: 'false',
  through: THROUGH_RECORDS,
};

describe('A broken library is found', () => {
  it.each<[string, readonly Change[], keyof typeof SEARCHED, RegExp]>([
    ['no lease', [NO_LEASE], 'three requests at two processes', /spent twice|failed/],
    [
      'neither a lease nor one flight at a time',
      [NO_LEASE, { file: COORDINATOR, from: 'if (!running)', to: 'if (true)' }],
      'three requests at one process with a memory of its own',
      /spent twice|failed/,
    ],
    [
      'the lease given back before the result is written',
      [
        {
          file: COORDINATOR,
          from: 'this.#pauses.succeeded(record.key);',
          to: 'await lease.end();',
        },
      ],
      'three requests at two processes',
      /spent twice|failed/,
    ],
    [
      'no fencing',
      [
        {
          file: RECORD,
          from: 'if (this.#writtenAs > lease) return false;',
          to: '',
          through: THROUGH_RECORDS,
        },
      ],
      'a holder that stands still beyond its lease',
      /older tokens replaced/,
    ],
    [
      'no adoption',
      [
        {
          file: COORDINATOR,
          from: 'const newer = this.#open(record, taken.value, held);',
          to: 'const newer = undefined;',
        },
      ],
      'three requests at two processes',
      /failed: temporarily_unavailable/,
    ],
    [
      'nothing remembered',
      [
        {
          file: RECORD,
          from: 'this.#freshUntil = now + ttlSeconds * 1000;',
          to: '',
          through: THROUGH_RECORDS,
        },
      ],
      'an answer that never arrives',
      /spent twice|failed|lost/,
    ],
    [
      'a generation that does not grow',
      [
        {
          file: 'session/sealed-sessions.ts',
          from: 'refreshedGeneration(id, tokens.refreshNumber, held.generation)',
          to: 'held.generation',
        },
      ],
      'a rolling write beside a refresh',
      /older tokens than there were/,
    ],
    [
      'tokens kept for a session that has ended',
      [
        {
          file: 'outbound/refresh-token.service.ts',
          from: 'if (kept) return kept;',
          to: 'return kept ?? session;',
        },
      ],
      'a logout beside a refresh',
      /outlives|failed/,
    ],
    [
      'tokens kept without asking what has ended elsewhere',
      [{ file: 'session/sealed-sessions.ts', from: 'await this.revocations.catchUp();', to: '' }],
      'a logout beside a refresh',
      /outlives/,
    ],
    [
      'a logout that revokes the token it came with',
      [
        {
          file: 'logout/logout.service.ts',
          from: 'await this.coordinator.newest(session).catch(() => session)',
          to: 'session',
        },
      ],
      'a logout beside a refresh',
      /outlives/,
    ],
    [
      'no tombstone for what was ended elsewhere just before',
      [
        {
          file: 'session/sealed-sessions.ts',
          from: ' ?? this.cookies.read(exchange.cookies, () => true)',
          to: '',
        },
      ],
      'a logout that is clicked twice',
      /came back/,
    ],
    [
      'a session in the store that takes every token set',
      [
        {
          file: 'session/store/stored-sessions.ts',
          from: 'if (await available(this.store.update(update))) return next;',
          to: 'await this.store.create(update); return next;',
        },
      ],
      'a logout beside a refresh, with a store',
      /outlives|back/,
    ],
  ])(
    '%s',
    async (_, changes, scenario, problem) => {
      const library = await broken(...changes);
      const found = await exhaust(SEARCHED[scenario], library).catch((error: unknown) => error);
      expect(found).toBeInstanceOf(BadState);
      expect((found as Error).message).toMatch(problem);
    },
    120_000,
  );
});
