import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { startUpbondEmulator, type UpbondEmulator } from 'upbond-emulator';
import { CLIENT_ID, CLIENT_SECRET } from '../support/application.js';
import { freePort } from '../support/ports.js';
import { RedisServer } from '../support/redis-server.js';
import { UserAgent, type Answer } from '../support/user-agent.js';
import { ApplicationProcess, LoadBalancer } from '../session/processes/processes.js';
import type { TokenAnswer } from './application-process.js';
import { TokenGate } from './token-gate.js';

const APPLICATION = 'test/tokens/application-process.ts';
/** How long an access token lives; no real time passes until one has expired. */
export const ACCESS_TOKEN_SECONDS = 60;

/** Where sessions are, and how many processes can share them. */
export interface TokenMode {
  readonly name: string;
  readonly processes: number;
  readonly redis: boolean;
  readonly session: 'sealed' | 'store';
}

export const TOKEN_MODES: readonly TokenMode[] = [
  { name: 'RedisSessionStore', processes: 4, redis: true, session: 'store' },
  { name: 'sealed cookie + RedisSharedMemory', processes: 4, redis: true, session: 'sealed' },
  { name: 'sealed cookie', processes: 1, redis: false, session: 'sealed' },
];

/** What the authorization server saw, since the scene was told to count. */
export interface Seen {
  readonly tokenRequests: number;
  readonly refreshRequests: number;
  readonly refreshTokenReuses: number;
}

/** One application in several processes, one emulator that rotates refresh tokens, and one Redis. */
export class TokenScene {
  readonly #parts: (() => Promise<void>)[] = [];
  #processes: ApplicationProcess[] = [];
  #env: Record<string, string> = {};
  #offsetSeconds = 0;
  #before: Seen = { tokenRequests: 0, refreshRequests: 0, refreshTokenReuses: 0 };
  #turn = 0;
  #emulator: UpbondEmulator | undefined;
  #redis: RedisServer | undefined;
  #gate: TokenGate | undefined;
  #balancer: LoadBalancer | undefined;

  private constructor(
    readonly mode: TokenMode,
    readonly url: string,
    private readonly redisTimeoutSeconds: number,
  ) {}

  /**
   * Starts everything; if something cannot start, nothing stays. A burst of a thousand requests on a
   * machine that does other work too needs more patience with Redis than the usual 2 seconds.
   */
  static async start(mode: TokenMode, { redisTimeoutSeconds = 20 } = {}): Promise<TokenScene> {
    const port = await freePort();
    const scene = new TokenScene(mode, `http://localhost:${port}`, redisTimeoutSeconds);
    try {
      await scene.#start(port);
      return scene;
    } catch (error) {
      await scene.close();
      throw error;
    }
  }

  get emulator(): UpbondEmulator {
    return started(this.#emulator);
  }

  get redis(): RedisServer {
    return started(this.#redis);
  }

  /** What stands before the emulator, and can hold refreshes in mid-call. */
  get gate(): TokenGate {
    return started(this.#gate);
  }

  get processes(): readonly ApplicationProcess[] {
    return this.#processes;
  }

  /** A browser that has just signed in. */
  async signIn(agent = new UserAgent()): Promise<UserAgent> {
    const answer = await agent.navigate(`${this.url}/auth/login?returnTo=/token`);
    if (answer.status !== 200) throw new Error(`the login ended with ${answer.status}`);
    return agent;
  }

  /** Somebody with the cookies of this moment: an answer that is lost leaves such a browser behind. */
  async copyOf({ cookies }: UserAgent): Promise<UserAgent> {
    return new UserAgent(await cookies.clone());
  }

  /** From now on every access token that was issued until now is expired, in every process. */
  async expire(seconds = ACCESS_TOKEN_SECONDS + 1): Promise<void> {
    this.#offsetSeconds += seconds;
    await Promise.all(this.#processes.map((one) => one.moveClock(this.#offsetSeconds)));
  }

  /** Puts one process's clock off those of the others. */
  async shift(process: ApplicationProcess, seconds: number): Promise<void> {
    await process.moveClock(this.#offsetSeconds + seconds);
  }

  /** Asks for the token at one process, past the load balancer: cookies ignore ports. */
  ask(agent: UserAgent, at: ApplicationProcess, path = '/token'): Promise<Answer> {
    return agent.request(at.url + path, { headers: { accept: 'application/json' } });
  }

  /** So many requests at once with the same cookies, evenly over all processes. */
  async burst(agent: UserAgent, count: number, path = '/token'): Promise<Answer[]> {
    const cookie = await agent.cookies.getCookieString(this.url);
    // Of this burst: a connection kept from an earlier one may just be closing
    const connections = new Agent({ keepAlive: true, maxSockets: 100 });
    const answers = await Promise.all(
      Array.from({ length: count }, () => {
        const at = this.#processes[this.#turn++ % this.#processes.length];
        return send(started(at).url + path, { accept: 'application/json', cookie }, connections);
      }),
    );
    connections.destroy();
    // One line of its kind is enough for a browser, and parsing thousands takes longer than the burst
    const lines = new Set(answers.flatMap(({ headers }) => headers.getSetCookie()));
    for (const line of lines) await agent.cookies.setCookie(line, this.url);
    return answers;
  }

  /** Counts from here. */
  startCounting(): void {
    this.#before = { ...this.emulator.counters };
  }

  /** What the authorization server saw since then. */
  seen(): Seen {
    const { counters } = this.emulator;
    const since = (name: keyof Seen) => counters[name] - this.#before[name];
    return {
      tokenRequests: since('tokenRequests'),
      refreshRequests: since('refreshRequests'),
      refreshTokenReuses: since('refreshTokenReuses'),
    };
  }

  /** Starts a process in place of one that was killed, with the clock of the others. */
  async replace(dead: ApplicationProcess): Promise<ApplicationProcess> {
    const next = await ApplicationProcess.start(dead.name, this.#env, APPLICATION);
    this.#parts.push(() => next.kill());
    await next.moveClock(this.#offsetSeconds);
    this.#use(this.#processes.map((one) => (one === dead ? next : one)));
    return next;
  }

  /** Ends everything, the last first. */
  async close(): Promise<void> {
    for (const close of this.#parts.splice(0).reverse()) await close();
  }

  async #start(port: number): Promise<void> {
    if (this.mode.redis) {
      this.#redis = await this.#keep(RedisServer.start({ persistent: true }), (one) => one.stop());
    }
    const issuer = await this.#startEmulator();
    this.#env = {
      PUBLIC_URL: this.url,
      ISSUER_URL: issuer,
      REDIS_PORT: this.#redis ? String(this.#redis.port) : '',
      REDIS_TIMEOUT_SECONDS: String(this.redisTimeoutSeconds),
      SESSION_MODE: this.mode.session,
    };
    this.#balancer = await this.#keep(LoadBalancer.start(port), (one) => one.close());
    const names = Array.from({ length: this.mode.processes }, (_, index) => `process ${index + 1}`);
    const starting = names.map((name) =>
      this.#keep(ApplicationProcess.start(name, this.#env, APPLICATION), (one) => one.kill()),
    );
    // All of them, so that none starts after the scene was closed.
    await Promise.allSettled(starting);
    this.#use(await Promise.all(starting));
  }

  async #startEmulator(): Promise<string> {
    const port = await freePort();
    const publicUrl = `http://localhost:${port}`;
    const target = { url: '' };
    this.#gate = await this.#keep(TokenGate.start(port, target), (one) => one.close());
    const emulator = startUpbondEmulator({
      publicUrl,
      clients: [
        {
          clientId: CLIENT_ID,
          clientSecret: CLIENT_SECRET,
          redirectUris: [`${this.url}/auth/callback`],
          postLogoutRedirectUris: [`${this.url}/`],
          backchannelLogoutUri: `${this.url}/auth/backchannel-logout`,
        },
      ],
      autoLogin: { email: 'hanako@example.com' },
      habits: { refreshTokenRotation: true },
      // The processes' clocks move, the emulator's does not: its ID tokens have to outlive many rounds.
      lifetimes: { accessTokenSeconds: ACCESS_TOKEN_SECONDS, idTokenSeconds: 30 * 86_400 },
    });
    this.#emulator = await this.#keep(emulator, (one) => one.close());
    target.url = `http://127.0.0.1:${this.#emulator.port}`;
    return publicUrl;
  }

  #use(processes: ApplicationProcess[]): void {
    this.#processes = processes;
    started(this.#balancer).processes = processes;
  }

  async #keep<T>(starting: Promise<T>, close: (part: T) => Promise<void>): Promise<T> {
    const part = await starting;
    this.#parts.push(() => close(part));
    return part;
  }
}

/** A GET, which is sent again when it met the end of a kept connection (RFC 9112 §9.3.1). */
async function send(url: string, headers: Record<string, string>, agent: Agent): Promise<Answer> {
  const request = get(url, { headers, agent });
  let answer: IncomingMessage;
  try {
    [answer] = (await once(request, 'response')) as [IncomingMessage];
  } catch (error) {
    const isEndOfKept =
      request.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET';
    if (!isEndOfKept) throw error;
    return send(url, headers, agent);
  }
  const body = await text(answer);
  const received = new Headers();
  for (const [name, values = []] of Object.entries(answer.headersDistinct)) {
    for (const value of values) received.append(name, value);
  }
  return { url, status: answer.statusCode ?? 0, headers: received, body, history: [url] };
}

/** What `GET /token` answered. */
export function tokenOf({ status, body }: Answer): TokenAnswer {
  if (status !== 200) throw new Error(`/token answered ${status}: ${body}`);
  return JSON.parse(body) as TokenAnswer;
}

function started<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('it is not started');
  return part;
}
