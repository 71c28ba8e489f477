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

  exchange(writes: Write[], reorder = false): Exchange {
    const pairs = [...this.jar].map(([name, value]) => `${name}=${value}`);
    const header = (reorder ? pairs.reverse() : pairs).join('; ');
    return {
      method: 'GET',
      url: '/',
      headers: {},
      query: new URLSearchParams(),
      cookies: ownCookies(header, NAMES.prefix),
      isWritable: true,
      setHeader: () => {},
      setCookie: (name, value) => void writes.push({ name, value }),
      deleteCookie: (name) => void writes.push({ name, value: undefined }),
      forbidCaching: () => {},
      varyBy: () => {},
      authorization: [],
    };
  }
}

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
      isRevoked: (session: Session) => this.revoked.has(session.id),
      end: async () => {},
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
  const tokenSet = new TokenSet({ accessToken: `token-${noise}`, tokenType: 'Bearer', scope: [] });
  return newSession({ claims: { sub }, user: { sub }, tokenSet }, now, LIFETIMES);
}

const step = fc.oneof(
  fc.record({ kind: fc.constant('login' as const), size: fc.integer({ min: 0, max: 5200 }) }),
  fc.record({ kind: fc.constant('request' as const), after: fc.integer({ min: 0, max: 400 }) }),
  fc.record({ kind: fc.constant('late answer' as const), which: fc.nat(30) }),
  fc.record({ kind: fc.constant('rotate' as const) }),
  fc.record({ kind: fc.constant('tamper' as const), which: fc.nat(30), at: fc.nat(4000) }),
  fc.record({ kind: fc.constant('duplicate' as const), which: fc.nat(30) }),
  fc.record({ kind: fc.constant('logout' as const) }),
);

describe('sealed sessions', () => {
  it('are the exact newest session or none, whatever happens to the cookies', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const browser = new Browser();
        const server = new Server();
        const answers: Write[][] = [];
        const known = new Map<string, Session>();
        const ended = new Set<string>();
        for (const one of steps) {
          const writes: Write[] = [];
          if (one.kind === 'login') {
            server.now += 1;
            const made = session(`user-${known.size}`, one.size, server.now);
            known.set(made.id, made);
            await server.sessions.begin(browser.exchange(writes), made);
            browser.apply(writes);
          } else if (one.kind === 'request') {
            server.now += one.after;
            const read = server.sessions.read(browser.exchange(writes, one.after % 2 === 0));
            if (read) {
              expect(ended.has(read.id)).toBe(false);
              expect(read.tokenSet.accessToken).toBe(known.get(read.id)?.tokenSet.accessToken);
              expect(read.sub).toBe(known.get(read.id)?.sub);
            }
            browser.apply(writes);
          } else if (one.kind === 'late answer') {
            browser.apply(answers[one.which % Math.max(answers.length, 1)] ?? []);
          } else if (one.kind === 'rotate') {
            server.rotateSecret();
          } else if (one.kind === 'logout') {
            const session = await server.sessions.end(browser.exchange(writes));
            if (session) ended.add(session.id);
            browser.apply(writes);
          } else {
            const names = [...browser.jar.keys()].filter((name) => name.startsWith(NAMES.session));
            const name = names[one.which % Math.max(names.length, 1)];
            if (!name) continue;
            const value = browser.jar.get(name) ?? '';
            const at = one.kind === 'tamper' ? one.at % Math.max(value.length, 1) : 0;
            const changed = `${value.slice(0, at)}${value[at] === 'A' ? 'B' : 'A'}${value.slice(at + 1)}`;
            if (one.kind === 'tamper') browser.jar.set(name, changed);
            else browser.jar.set(name.replace(/-(\d)\./, '-3.'), value);
          }
          answers.push(writes);
        }
      }),
      { numRuns: 400 },
    );
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
    expect(server.sessions.read(browser.exchange([]))).toBeUndefined();
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
});
