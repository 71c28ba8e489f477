import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ownCookies } from '../cookies/cookie-header.js';
import { cookieNames } from '../cookies/cookie-names.js';
import { Sealer } from '../cookies/seal.js';
import type { Exchange } from '../exchange/exchange.js';
import { TokenSet } from '../tokens/token-set.js';
import { newSession } from './new-session.js';
import { SealedSessions } from './sealed-sessions.js';
import { SessionCookies } from './session-cookies.js';
import { SessionDigester } from './session-digests.js';
import { SESSION_CODEC } from './session-payload.js';
import type { Session } from './session.js';

const NAMES = cookieNames('Digest', true);
const LIFETIMES = { sessionLifetimeSeconds: 10_000, sessionIdleSeconds: 1000 };
const OLD = 'an-older-secret-9fJ2kLqPz7Xv4Rt1Wm8';
const NEW = 'the-newest-secret-3hN6bVcYd5Gs0Ka2Ue';

/** A browser's cookies, and the answers that are on their way to it. */
class Browser {
  readonly jar = new Map<string, string>();

  apply(writes: readonly Write[]): void {
    for (const { name, value } of writes) {
      if (value === undefined) this.jar.delete(name);
      else this.jar.set(name, value);
    }
  }

  /** Names of the session cookies in it. */
  get names(): string[] {
    return [...this.jar.keys()].filter((name) => name.startsWith(NAMES.session));
  }

  exchange(writes: Write[]): Exchange {
    return exchangeOf([...this.jar], writes);
  }
}

/** A request with these cookies, in this order. */
function exchangeOf(pairs: readonly Pair[], writes: Write[]): Exchange {
  const header = pairs.map(([name, value]) => `${name}=${value}`).join('; ');
  return {
    method: 'GET',
    url: '/',
    headers: {},
    query: new URLSearchParams(),
    authorization: [],
    cookies: ownCookies(header, NAMES.prefix),
    isWritable: true,
    get cookiesSet() {
      const last = new Map(writes.map(({ name, value }) => [name, value]));
      return [...last.keys()].filter((name) => last.get(name) !== undefined);
    },
    setHeader: () => {},
    setCookie: (name, value) => void writes.push({ name, value }),
    deleteCookie: (name) => void writes.push({ name, value: undefined }),
    forbidCaching: () => {},
    varyBy: () => {},
  };
}

type Pair = readonly [name: string, value: string];

interface Write {
  readonly name: string;
  readonly value: string | undefined;
}

class Server {
  readonly revoked = new Set<string>();
  readonly digests = new SessionDigester('test');
  now = 1_000_000;
  #sessions = this.restarted([OLD]);

  /** A process with these secrets and empty memory. */
  restarted(secrets: string[]): SealedSessions {
    const cookies = new SessionCookies(new Sealer(secrets, 'session'), NAMES, SESSION_CODEC);
    const revocations = {
      isRevoked: (session: Session) => this.revoked.has(this.digests.of(session).id),
      catchUp: async () => undefined,
      end: async (id: string) => void this.revoked.add(id),
    };
    return new SealedSessions(cookies, this.digests, revocations, LIFETIMES, () => this.now);
  }

  rotateSecret(): void {
    this.#sessions = this.restarted([NEW, OLD]);
  }

  get sessions(): SealedSessions {
    return this.#sessions;
  }
}

function session(sub: string, size: number, now: number): Session {
  // Not compressible, so that the size decides the number of chunks
  const noise = Array.from({ length: size }, () => Math.random().toString(36)[2]).join('');
  const tokenSet = new TokenSet({
    accessToken: `token-${sub}-${now}-${noise}`,
    tokenType: 'Bearer',
    scope: [],
  });
  return newSession({ claims: { sub }, user: { sub }, tokenSet }, now, LIFETIMES);
}

/**
 * A browser, what it was promised, and all that was ever sent to it. The promise is certain from a login
 * or logout on, until somebody changes the cookies or an answer to an earlier request comes late.
 */
class Person {
  readonly browser = new Browser();
  readonly sessions = new Map<string, Session>();
  readonly ended = new Set<string>();
  readonly answers: Write[][] = [];
  readonly snapshots: Pair[][] = [];
  isCertain = true;
  #latest: Session | undefined;
  #usedAt = 0;

  constructor(readonly sub: string) {}

  begins(made: Session, now: number): void {
    this.replaces(now);
    this.sessions.set(made.id, made);
    [this.#latest, this.#usedAt, this.isCertain] = [made, now, true];
  }

  /** A logout can be sure of as many cookies as one answer may delete. */
  ends(now: number): void {
    this.replaces(now);
    this.#latest = undefined;
    this.isCertain = this.browser.names.length === 0;
  }

  uses(now: number): void {
    this.#usedAt = now;
  }

  /**
   * The session that a request must find, and whether it may find none: a use is written down when a
   * tenth of the idle time has passed.
   */
  expected(now: number): { session: Session | undefined; isOptional: boolean } {
    const { sessionIdleSeconds: idle, sessionLifetimeSeconds: lifetime } = LIFETIMES;
    const end = Math.min(this.#usedAt + idle, (this.#latest?.createdAt ?? 0) + lifetime);
    if (!this.#latest || now >= end) return { session: undefined, isOptional: false };
    return { session: this.#latest, isOptional: now >= this.#usedAt + 0.9 * idle };
  }

  /** What may be found whatever happened to the cookies: a session of this person that was not ended. */
  expectOwn(read: Session | undefined): void {
    if (!read) return;
    expect(this.ended).not.toContain(read.id);
    expectSame(read, this.sessions.get(read.id));
  }

  private replaces(now: number): void {
    const { session, isOptional } = this.expected(now);
    if (this.isCertain && session && !isOptional) this.ended.add(session.id);
  }
}

function expectSame(read: Session | undefined, expected: Session | undefined): void {
  const essence = (one: Session | undefined) =>
    one && { id: one.id, sub: one.sub, token: one.tokenSet.accessToken };
  expect(essence(read)).toEqual(essence(expected));
}

/** Every session cookie twice, the second time with another value. */
function withTwins(jar: readonly Pair[], values: readonly string[], isFirst: boolean): Pair[] {
  return jar.flatMap((pair, index): Pair[] => {
    const value = values[index % Math.max(values.length, 1)];
    if (value === undefined || !pair[0].startsWith(NAMES.session)) return [pair];
    const twin = [pair[0], value] as const;
    return isFirst ? [twin, pair] : [pair, twin];
  });
}

/** Session cookies that this person was ever given, those of the same names first. */
function earlierValues({ answers, browser }: Person): string[] {
  const written = answers.flat().filter(({ name }) => name.startsWith(NAMES.session));
  const sameName = written.filter(({ name }) => browser.jar.has(name));
  return [...sameName, ...written].flatMap(({ value }) => value ?? []);
}

const which = fc.nat(30);
const login = fc.record({
  kind: fc.constant('login' as const),
  size: fc.integer({ min: 0, max: 5200 }),
});
const request = fc.record({
  kind: fc.constant('request' as const),
  after: fc.oneof({ weight: 4, arbitrary: fc.nat(400) }, { weight: 1, arbitrary: fc.nat(1500) }),
  twins: fc.constantFrom('none', 'own', 'strange'),
  isFirst: fc.boolean(),
  isReversed: fc.boolean(),
  isLost: fc.boolean(),
});
const action = fc.oneof(
  { weight: 4, arbitrary: login },
  { weight: 8, arbitrary: request },
  fc.record({ kind: fc.constant('late answer' as const), which }),
  fc.record({ kind: fc.constant('stolen copy' as const), which }),
  fc.record({ kind: fc.constant('rotate' as const) }),
  fc.record({ kind: fc.constant('tamper' as const), which, at: fc.nat(4000) }),
  fc.record({ kind: fc.constant('rename' as const), which }),
  fc.record({ kind: fc.constant('logout' as const) }),
);
const step = fc.record({ who: fc.nat(1), action });

describe('sealed sessions', () => {
  it('are the exact newest session or none, whatever happens to the cookies', async () => {
    const checks = { found: 0, none: 0, uncertain: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
        const server = new Server();
        const people = [new Person('hanako'), new Person('taro')] as const;
        for (const { who, action: one } of steps) {
          const person = people[who]!;
          const stranger = people[1 - who]!;
          const { browser } = person;
          const writes: Write[] = [];
          if (one.kind === 'login') {
            server.now += 1;
            const made = session(person.sub, one.size, server.now);
            await server.sessions.begin(browser.exchange(writes), made);
            browser.apply(writes);
            person.begins(made, server.now);
          } else if (one.kind === 'request') {
            server.now += one.after;
            const values =
              one.twins === 'own' ? earlierValues(person) : [...stranger.browser.jar.values()];
            const jar = one.isReversed ? [...browser.jar].reverse() : [...browser.jar];
            const sent = one.twins === 'none' ? jar : withTwins(jar, values, one.isFirst);
            const read = server.sessions.read(exchangeOf(sent, writes));
            person.expectOwn(read);
            if (person.isCertain) {
              const { session, isOptional } = person.expected(server.now);
              if (read || !isOptional) expectSame(read, session);
              checks[session ? 'found' : 'none']++;
            } else checks.uncertain++;
            if (!one.isLost) {
              browser.apply(writes);
              if (read) person.uses(server.now);
            }
          } else if (one.kind === 'late answer') {
            browser.apply(person.answers[one.which % Math.max(person.answers.length, 1)] ?? []);
            person.isCertain = false;
          } else if (one.kind === 'stolen copy') {
            const { snapshots } = person;
            const copy = snapshots[one.which % Math.max(snapshots.length, 1)] ?? [];
            person.expectOwn(server.sessions.read(exchangeOf(copy, [])));
          } else if (one.kind === 'rotate') {
            server.rotateSecret();
          } else if (one.kind === 'logout') {
            const session = await server.sessions.end(browser.exchange(writes));
            if (session) person.ended.add(session.id);
            browser.apply(writes);
            person.ends(server.now);
          } else {
            const { names } = browser;
            const name = names[one.which % Math.max(names.length, 1)];
            if (!name) continue;
            const value = browser.jar.get(name) ?? '';
            const at = one.kind === 'tamper' ? one.at % Math.max(value.length, 1) : 0;
            const changed = `${value.slice(0, at)}${value[at] === 'A' ? 'B' : 'A'}${value.slice(at + 1)}`;
            if (one.kind === 'tamper') browser.jar.set(name, changed);
            else browser.jar.set(name.replace(/-(\d)\./, '-3.'), value);
            person.isCertain = false;
          }
          person.answers.push(writes);
          person.snapshots.push([...browser.jar]);
        }
      }),
      { numRuns: 400 },
    );
    // Else it would prove little
    expect(Math.min(checks.found, checks.none)).toBeGreaterThan(200);
  });

  it('survive growing and shrinking between requests', async () => {
    const browser = new Browser();
    const server = new Server();
    for (const size of [10, 5200, 10, 4800, 5200, 0]) {
      server.now += 1;
      const made = session('hanako', size, server.now);
      const writes: Write[] = [];
      await server.sessions.begin(browser.exchange(writes), made);
      browser.apply(writes);
      expect(server.sessions.read(browser.exchange([]))?.id).toBe(made.id);
      const names = [...browser.jar.keys()].filter((name) => name.startsWith(NAMES.session));
      expect(new Set(names.map((name) => name.split('-').at(-2))).size).toBe(1);
    }
  });

  it('are not brought back by an answer that was in flight during the logout', async () => {
    const browser = new Browser();
    const server = new Server();
    const login: Write[] = [];
    await server.sessions.begin(browser.exchange(login), session('hanako', 10, server.now));
    browser.apply(login);
    server.now += 500;
    const inFlight: Write[] = [];
    expect(server.sessions.read(browser.exchange(inFlight))).toBeDefined();
    expect(inFlight.some(({ value }) => value !== undefined)).toBe(true);
    const logout: Write[] = [];
    await server.sessions.end(browser.exchange(logout));
    browser.apply(logout);
    browser.apply(inFlight);
    const next: Write[] = [];
    expect(server.sessions.read(browser.exchange(next))).toBeUndefined();
    browser.apply(next);
    // Not even once the tombstone is gone, in a process that remembers nothing
    const left = [...browser.jar.keys()].filter((name) => name.startsWith(NAMES.session));
    expect(left).toEqual([]);
  });

  it('write nothing on an ordinary request, and prolong themselves when it is due', async () => {
    const browser = new Browser();
    const server = new Server();
    const login: Write[] = [];
    await server.sessions.begin(browser.exchange(login), session('hanako', 10, server.now));
    browser.apply(login);
    server.now += 99;
    const ordinary: Write[] = [];
    server.sessions.read(browser.exchange(ordinary));
    expect(ordinary).toEqual([]);
    for (let used = 0; used < 30; used++) {
      server.now += 900;
      const writes: Write[] = [];
      const read = server.sessions.read(browser.exchange(writes));
      // 30 × 900 s is more than the absolute lifetime of 10,000 s
      expect(read !== undefined).toBe(server.now < 1_000_000 + LIFETIMES.sessionLifetimeSeconds);
      browser.apply(writes);
    }
  });

  it('that were opened before do not open under the name of another generation', async () => {
    const browser = new Browser();
    const server = new Server();
    const login: Write[] = [];
    await server.sessions.begin(browser.exchange(login), session('hanako', 10, server.now));
    browser.apply(login);
    expect(server.sessions.read(browser.exchange([]))).toBeDefined();
    const [name = ''] = browser.names;
    const value = browser.jar.get(name) ?? '';
    const renamed = name.replace(/(\w)-0\.1$/, (_, last) => `${last === 'a' ? 'b' : 'a'}-0.1`);
    expect(renamed).not.toBe(name);
    expect(server.sessions.read(exchangeOf([[renamed, value]], []))).toBeUndefined();
    expect(server.sessions.read(exchangeOf([[name, value]], []))).toBeDefined();
  });

  it('are not hidden by a cookie whose name only begins like theirs', async () => {
    const browser = new Browser();
    const server = new Server();
    const login: Write[] = [];
    await server.sessions.begin(browser.exchange(login), session('hanako', 10, server.now));
    browser.apply(login);
    const [name = ''] = browser.names;
    browser.jar.set(`${name}-planted`, 'anything');
    expect(server.sessions.read(browser.exchange([]))?.sub).toBe('hanako');
  });

  it('that roll at the same time write one cookie, not one for each request', async () => {
    const browser = new Browser();
    const server = new Server();
    const login: Write[] = [];
    await server.sessions.begin(browser.exchange(login), session('hanako', 5200, server.now));
    browser.apply(login);
    server.now += 500;
    const answers = Array.from({ length: 10 }, () => {
      const writes: Write[] = [];
      server.sessions.read(browser.exchange(writes));
      return writes;
    });
    answers.forEach((writes) => browser.apply(writes));
    const names = [...browser.jar.keys()].filter((name) => name.startsWith(NAMES.session));
    expect(names).toHaveLength(2);
    expect(server.sessions.read(browser.exchange([]))?.sub).toBe('hanako');
  });

  it('leave a tombstone also for what was ended elsewhere just before', async () => {
    const browser = new Browser();
    const server = new Server();
    const other = new Server();
    const login: Write[] = [];
    await server.sessions.begin(browser.exchange(login), session('hanako', 10, server.now));
    browser.apply(login);
    server.now += 500;
    const late: Write[] = [];
    const read = server.sessions.read(browser.exchange(late))!;
    server.revoked.add(server.digests.of(read).id);
    const logout: Write[] = [];
    await server.sessions.end(browser.exchange(logout));
    browser.apply(logout);
    browser.apply(late);
    // This process has not heard of it yet
    expect(other.sessions.read(browser.exchange([]))).toBeUndefined();
  });

  it.each([
    ['in this order', [0, 1]],
    ['in the other order', [1, 0]],
  ])('with the newest tokens win when answers of other sizes arrive %s', async (_what, order) => {
    const browser = new Browser();
    const server = new Server();
    const login: Write[] = [];
    const made = session('hanako', 10, server.now);
    await server.sessions.begin(browser.exchange(login), made);
    browser.apply(login);
    server.now += 60;
    const answers = [10, 5200].map((size) => ({ writes: [] as Write[], size }));
    for (const [index, { writes, size }] of answers.entries()) {
      const { tokenSet } = session('hanako', size, server.now);
      const tokens = { tokenSet, furtherTokens: [], refreshNumber: server.now * 1000 + index };
      await server.sessions.keepTokens(browser.exchange(writes), made, tokens);
    }
    for (const index of order) browser.apply(answers[index]?.writes ?? []);
    const read = server.sessions.read(browser.exchange([]));
    expect(read?.refreshNumber).toBe(server.now * 1000 + 1);
  });
});
