import { UpbondAuthException } from '../../../libs/upbond-auth/src/errors/upbond-auth.exception.js';
import { Sealer } from '../../../libs/upbond-auth/src/cookies/seal.js';
import {
  SessionCookies,
  type Codec,
} from '../../../libs/upbond-auth/src/session/session-cookies.js';
import type { Session } from '../../../libs/upbond-auth/src/session/session.js';
import { SESSION_CODEC } from '../../../libs/upbond-auth/src/session/session-payload.js';
import {
  HANDLE_CODEC,
  openFromStore,
  type SessionHandle,
} from '../../../libs/upbond-auth/src/session/store/session-handle.js';
import type { StoredSession } from '../../../libs/upbond-auth/src/session/store/session-store.js';
import { ACCESS_TOKEN_SECONDS, ModelServer, type Rotation } from './authorization-server.js';
import { NAMES, Sent } from './browser.js';
import type { Library } from './library.js';
import { AppProcess, DIGESTS, SECRET, type Surroundings } from './process.js';
import { BadState, Clock, EVERYTHING, Steps, type Choose } from './steps.js';

/** A request of the browser. */
export interface Planned {
  /** `page` only reads the session, `stream` cannot set cookies any more. */
  readonly kind: 'token' | 'page' | 'stream' | 'login' | 'logout';
  /** Which process answers it. */
  readonly at: number;
  /** Sent at any time with the cookies of that time, and not at once. */
  readonly isLater?: boolean;
  /** The connection is cut before the answer arrives. */
  readonly isCut?: boolean;
}

/** What happens to a session whose access token has just expired. */
export interface Scenario {
  readonly requests: readonly Planned[];
  readonly rotation: Rotation;
  readonly keptIn: 'cookies' | 'store';
  /** Whether the processes have a shared memory. @default true */
  readonly isShared?: boolean;
  /** Whether the session is due to be prolonged. @default false */
  readonly isRolling?: boolean;
  /** So many seconds pass at one go, each once. */
  readonly passing?: readonly number[];
  /** How often the access token expires again, when nothing is under way. */
  readonly expiries?: number;
  /** This process is killed once, and started again. */
  readonly killed?: number;
  /** The shared memory loses everything once. */
  readonly isForgetful?: boolean;
  /** Whether the session may end without anybody's wish: see the documented limits. */
  readonly mayEnd?: boolean;
}

const LABELS = ['p1', 'p2', 'p3'];
const LIFETIME_SECONDS = 100_000;

/** One interleaving of a scenario, from its beginning to its end. */
export async function interleave(
  library: Library,
  scenario: Scenario,
  choose: Choose,
): Promise<boolean> {
  const world = new World(library, scenario);
  try {
    return await world.run(choose);
  } catch (error) {
    throw world.explained(error);
  } finally {
    world.close();
  }
}

class World {
  readonly #clock = new Clock();
  readonly #steps = new Steps(this.#clock);
  readonly #jar = new Map<string, string>();
  readonly #server: ModelServer;
  readonly #around: Surroundings;
  readonly #processes: AppProcess[];
  readonly #cookies;
  /** The family of tokens of each session, in the order of the logins. */
  readonly #families = new Map<string, string>();
  /** Sessions that somebody wanted to end. */
  readonly #unwanted = new Set<string>();
  /** Sessions that a later login has replaced. */
  readonly #replaced = new Set<string>();
  /** Sessions whose logout has been answered, and of which the browser has that answer. */
  readonly #loggedOut = new Set<string>();
  readonly #goodbyes = new Set<string>();
  #underWay = 0;
  #expiries = 1;
  #isOver = false;

  constructor(
    library: Library,
    private readonly scenario: Scenario,
  ) {
    const { keptIn, isShared = true, isRolling = false, rotation } = scenario;
    const now = this.#clock.now;
    this.#clock.install();
    this.#server = new ModelServer(rotation, now);
    this.#around = {
      library,
      steps: this.#steps,
      server: this.#server,
      now,
      lifetimes: {
        sessionLifetimeSeconds: LIFETIME_SECONDS,
        sessionIdleSeconds: isRolling ? 1000 : LIFETIME_SECONDS / 10,
      },
      memory: isShared ? { records: new library.LocalRecords(now), changes: 0 } : undefined,
      revocations: [],
      entries: keptIn === 'store' ? new Map<string, StoredSession>() : undefined,
    };
    const count = 1 + Math.max(...scenario.requests.map(({ at }) => at));
    this.#processes = LABELS.slice(0, count).map((name) => new AppProcess(name, this.#around));
    const codec: Codec<Session | SessionHandle> =
      keptIn === 'store' ? (HANDLE_CODEC as never) : (SESSION_CODEC as never);
    this.#cookies = new SessionCookies(new Sealer([SECRET], 'session'), NAMES, codec);
  }

  close(): void {
    this.#clock.uninstall();
  }

  explained(error: unknown): unknown {
    if (error instanceof BadState) {
      error.message += `\n${JSON.stringify(this.scenario)}\n${this.#steps.trace.join('\n')}`;
    }
    return error;
  }

  async run(choose: Choose): Promise<boolean> {
    await this.#alone({ kind: 'login', at: 0 });
    this.#clock.pass(ACCESS_TOKEN_SECONDS + 1);
    if (!this.scenario.isRolling) await this.#alone({ kind: 'page', at: 0 });
    this.#steps.trace.length = 0;
    this.#plan();
    if (!(await this.#steps.run(choose))) return false;
    this.#isOver = true;
    if (this.#underWay > 0) throw new BadState(`${this.#underWay} requests wait for ever`);
    await this.#judge();
    return true;
  }

  #plan(): void {
    const { requests, passing = [], expiries = 0, killed, isForgetful } = this.scenario;
    requests.forEach((planned, index) => this.#request(planned, index));
    for (const seconds of passing)
      this.#event(`${seconds} s pass`, () => this.#clock.pass(seconds));
    for (let count = 0; count < expiries; count++) this.#expiry(count);
    if (killed !== undefined) this.#event(`${LABELS[killed]} is killed`, () => this.#kill(killed));
    if (isForgetful) this.#event('the memory forgets', () => this.#forget());
  }

  #event(label: string, run: () => void, isReady = () => true): void {
    const touched = { [EVERYTHING]: 'writes' } as const;
    this.#steps.add({ label, process: label, touched, isReady, run });
  }

  #expiry(count: number): void {
    const expire = () => {
      this.#expiries++;
      this.#clock.pass(ACCESS_TOKEN_SECONDS + 1);
    };
    this.#event(`expiry ${count}`, expire, () => !this.#isOver && this.#mayExpire());
  }

  /** With a cookie older than the access token the session may be lost: that is the documented limit. */
  #mayExpire(): boolean {
    if (this.#underWay > 0) return false;
    return this.scenario.mayEnd === true || !this.#isStale();
  }

  #isStale(): boolean {
    const [newest] = this.#held(new Sent(this.#jar, false));
    const refreshToken = newest && this.#refreshTokenOf(newest);
    return this.#server.isSpent(refreshToken);
  }

  #refreshTokenOf(held: Session | SessionHandle): string | undefined {
    if (!('key' in held)) return held.tokenSet.refreshToken;
    const [entry] = [...(this.#around.entries?.values() ?? [])].flatMap(
      ({ sealed }) => openFromStore(sealed, held) ?? [],
    );
    return entry?.tokenSet.refreshToken;
  }

  #kill(index: number): void {
    const process = this.#processes[index];
    if (!process) return;
    this.#underWay -= process.underWay.size;
    process.underWay.clear();
    // The server gets what was sent, and the next process what has not arrived
    this.#steps.kill(process.name, ({ label }) => /spends|arrives/.test(label));
    this.#processes[index] = new AppProcess(`${process.name} again`, this.#around);
  }

  #forget(): void {
    const { memory, library, now } = this.#around;
    if (!memory) return;
    memory.records = new library.LocalRecords(now);
    memory.changes++;
  }

  #request(planned: Planned, index: number): void {
    const browser = `${planned.kind} ${index}`;
    const isWritable = planned.kind !== 'stream';
    const send = () => {
      const sent = new Sent(this.#jar, isWritable);
      const goodbyes = new Set(this.#goodbyes);
      const { name } = this.#processOf(planned);
      this.#underWay++;
      const run = () =>
        void this.#arrive(planned, browser, sent, goodbyes).catch((error) =>
          this.#steps.fail(error),
        );
      this.#steps.add({
        label: `${browser} arrives`,
        process: name,
        touched: planned.kind === 'login' ? { [EVERYTHING]: 'writes' } : {},
        isReady: () => true,
        run,
      });
    };
    if (!planned.isLater) return send();
    const touched = { jar: 'reads' } as const;
    const isReady = () => true;
    this.#steps.add({ label: `${browser} is sent`, process: browser, touched, isReady, run: send });
  }

  #processOf({ at }: Planned): AppProcess {
    const process = this.#processes[at];
    if (!process) throw new Error('There is no such process');
    return process;
  }

  async #arrive(planned: Planned, browser: string, sent: Sent, goodbyes: ReadonlySet<string>) {
    const process = this.#processOf(planned);
    process.underWay.add(browser);
    const carried = this.#held(sent).map(({ id }) => id);
    const problem = await this.#answer(planned, process, sent, goodbyes).catch(codeOf);
    if (!process.underWay.delete(browser)) return;
    if (problem !== undefined) this.#complain(planned, problem, carried);
    const arrive = () => {
      this.#underWay--;
      sent.arriveIn(this.#jar);
      if (planned.kind === 'logout') for (const id of carried.slice(0, 1)) this.#goodbyes.add(id);
    };
    if (planned.isCut || !sent.writesCookies) {
      this.#underWay--;
      return;
    }
    const touched = { jar: 'writes' } as const;
    const isReady = () => true;
    const label = `the answer to ${browser} arrives`;
    this.#steps.add({ label, process: browser, touched, isReady, run: arrive });
  }

  /** The code of the error that the answer has, if any. */
  async #answer(
    { kind }: Planned,
    process: AppProcess,
    sent: Sent,
    goodbyes: ReadonlySet<string>,
  ): Promise<string | undefined> {
    const { exchange } = sent;
    if (kind === 'login') {
      for (const id of this.#families.keys()) {
        this.#unwanted.add(id);
        // Its tokens are left alone: a login ends a session here, not at the server
        this.#replaced.add(id);
      }
      // Two logins do not happen within the same millisecond
      this.#clock.pass(0.001);
      const session = process.newSession();
      this.#families.set(session.id, this.#server.familyOf(session.tokenSet.accessToken));
      await process.sessions.begin(exchange, session);
      return undefined;
    }
    if (kind === 'logout') {
      const ended = this.#held(sent).find(({ id }) => !this.#unwanted.has(id));
      for (const { id } of this.#held(sent)) this.#unwanted.add(id);
      await process.logout(exchange);
      if (ended) this.#loggedOut.add(ended.id);
      return undefined;
    }
    const session = await process.sessions.read(exchange);
    if (!session) return 'login_required';
    if (goodbyes.has(session.id)) throw new BadState('a session came back after its logout');
    if (kind === 'page') return undefined;
    const token = await process.accessToken(exchange, session);
    return this.#server.isFresh(token) ? this.#revokedCode(token) : 'an expired token';
  }

  #revokedCode(token: string): string | undefined {
    return this.#server.isRevoked(token) ? 'login_required' : undefined;
  }

  /** A request may fail because somebody ended the session, because of a stream, or in bad times. */
  #complain({ kind }: Planned, code: string, carried: readonly string[]): void {
    const isOver = this.scenario.mayEnd || carried.some((id) => this.#unwanted.has(id));
    if (carried.length === 0) return;
    if (code === 'login_required' && isOver) return;
    if (code === 'session_not_writable' && kind === 'stream') return;
    if (code === 'temporarily_unavailable' && this.scenario.mayEnd) return;
    throw new BadState(`a ${kind} request failed: ${code}`);
  }

  async #judge(): Promise<void> {
    const { mayEnd, passing = [] } = this.scenario;
    this.#assertLoggedOut();
    await this.#assertGoesOn();
    const isOneSession = this.#families.size === 1 && this.#unwanted.size === 0;
    if (mayEnd) return;
    if (this.#server.reuses > 0) throw new BadState('a refresh token was spent twice');
    if (isOneSession && !passing.some((seconds) => seconds > 5)) {
      const { calls } = this.#server;
      if (calls > this.#expiries) throw new BadState(`${calls} token calls`);
    }
  }

  #assertLoggedOut(): void {
    const back = this.#held(new Sent(this.#jar, false)).find(({ id }) => this.#loggedOut.has(id));
    if (back) throw new BadState('a session is in the browser after its logout');
    const inStore = [...this.#loggedOut].some((id) => this.#around.entries?.has(DIGESTS.id(id)));
    if (inStore) throw new BadState('a session came back into the store after its logout');
    // Who was killed, or has forgotten, revokes nothing
    if (this.scenario.mayEnd) return;
    for (const id of this.#loggedOut) {
      const family = this.#replaced.has(id) ? undefined : this.#families.get(id);
      if (family !== undefined && !this.#server.isFamilyRevoked(family)) {
        throw new BadState('a refresh token outlives its logout');
      }
    }
  }

  /** What the browser has now works everywhere, and after the next expiry, too. */
  async #assertGoesOn(): Promise<void> {
    const newest = [...this.#families.keys()].at(-1);
    // Of logins within ten seconds the last answer wins
    const isCertain = this.scenario.requests.filter(({ kind }) => kind === 'login').length < 2;
    const isWanted =
      isCertain && newest !== undefined && !this.#unwanted.has(newest) && !this.scenario.mayEnd;
    const isComplete = !this.scenario.requests.some(({ isCut }) => isCut);
    if (isWanted && isComplete && this.#isStale()) {
      throw new BadState('the browser has older tokens than there were');
    }
    for (let round = 0; round < 2; round++) {
      for (const at of this.#processes.keys()) {
        await this.#alone({ kind: 'token', at });
        const [held] = this.#held(new Sent(this.#jar, false));
        if (isWanted && held?.id !== newest) throw new BadState('the session is lost');
      }
      this.#expiries++;
      this.#clock.pass(ACCESS_TOKEN_SECONDS + 1);
    }
    this.#expiries--;
  }

  /** A request that has the application for itself. */
  async #alone(planned: Planned): Promise<void> {
    this.#request(planned, this.#alones++);
    await this.#steps.run(([first]) => first);
  }
  #alones = 1000;

  /** The sessions, or handles of sessions, that a request carries. */
  #held({ exchange }: Sent) {
    return this.#cookies.readAll(exchange.cookies, () => true).map(({ value }) => value);
  }
}

function codeOf(error: unknown): string {
  if (error instanceof BadState) throw error;
  return error instanceof UpbondAuthException ? error.code : String(error);
}
