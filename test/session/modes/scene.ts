import { Controller, Get, Inject, UseGuards, type LoggerService } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  CurrentUser,
  Public,
  SessionService,
  UpbondAuthModule,
  UpbondGuard,
  type Session,
  type UpbondAuthOptions,
  type UpbondUser,
} from 'nestjs-upbond-auth';
import { startUpbondEmulator, type UpbondEmulator } from 'upbond-emulator';
import { CLOCK } from '../../../libs/upbond-auth/src/options/clock.provider.js';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  usualOptions,
  type Platform,
} from '../../support/application.js';
import { MovableClock } from '../../support/movable-clock.js';
import { UserAgent, type Answer, type RequestInit } from '../../support/user-agent.js';
import type { Memory, Mode, Servers } from './modes.js';

/** Lets a handler wait until the test says so. */
export class Gate {
  #open: () => void = () => undefined;
  #reach: () => void = () => undefined;
  readonly #opened = new Promise<void>((resolve) => (this.#open = resolve));
  readonly reached = new Promise<void>((resolve) => (this.#reach = resolve));

  async pass(): Promise<void> {
    this.#reach();
    await this.#opened;
  }

  open(): void {
    this.#open();
  }
}

@Controller()
class Pages {
  constructor(@Inject(Gate) private readonly gate: Gate) {}

  @Get()
  home() {
    return 'the public page';
  }

  @Public()
  @UseGuards(UpbondGuard)
  @Get('greeting')
  greeting(@CurrentUser() user?: UpbondUser) {
    return { sub: user?.sub ?? null };
  }

  @UseGuards(UpbondGuard)
  @Get('me')
  me(@CurrentUser() user: UpbondUser) {
    return user;
  }

  @UseGuards(UpbondGuard)
  @Get('slow')
  async slow() {
    await this.gate.pass();
    return 'done';
  }
}

class LogRecorder implements LoggerService {
  readonly lines: string[] = [];
  readonly log = (line: unknown) => void this.lines.push(String(line));
  readonly warn = this.log;
  readonly error = this.log;
}

/** One process of an application on the port of its scene: it can be stopped and started again. */
export class Application {
  readonly clock = new MovableClock();
  readonly gate = new Gate();
  readonly logs = new LogRecorder();
  /** The session of the latest guarded request. */
  latest: Session | undefined;
  #app: INestApplication | undefined;
  #memory: Memory | undefined;

  constructor(
    readonly scene: Scene,
    private options: UpbondAuthOptions,
  ) {}

  get url(): string {
    return `http://localhost:${this.scene.port}`;
  }

  get sessions(): SessionService {
    return this.#app!.get(SessionService);
  }

  /** Starts it with nothing in memory but what it had written down. */
  async start(): Promise<this> {
    const { mode, platform, servers, port, emulator } = this.scene;
    this.#memory = await mode.connect(servers);
    const testing = await Test.createTestingModule({
      imports: [
        UpbondAuthModule.forRoot({
          ...usualOptions(port),
          domain: emulator.url,
          loadUser: (session) => {
            this.latest = session;
            return session.user;
          },
          ...this.#memory.options,
          ...this.options,
        }),
      ],
      controllers: [Pages],
      providers: [{ provide: Gate, useValue: this.gate }],
    })
      .overrideProvider(CLOCK)
      .useValue(this.clock.now)
      .compile();
    this.#app =
      platform === 'fastify'
        ? testing.createNestApplication(new FastifyAdapter())
        : testing.createNestApplication();
    this.#app.useLogger(this.logs);
    await this.#app.listen(port, '127.0.0.1');
    return this;
  }

  async restart(options: UpbondAuthOptions = {}): Promise<void> {
    await this.stop();
    this.options = { ...this.options, ...options };
    await this.start();
  }

  async stop(): Promise<void> {
    await this.#app?.close();
    await this.#memory?.close();
    this.#app = this.#memory = undefined;
  }
}

/** A browser that uses the application. */
export class Browser extends UserAgent {
  constructor(
    readonly application: Application,
    readonly name = 'Browser/1.0',
    ...cookies: ConstructorParameters<typeof UserAgent>
  ) {
    super(...cookies);
  }

  override request(url: string, init: RequestInit = {}): Promise<Answer> {
    return super.request(url, { ...init, headers: { 'user-agent': this.name, ...init.headers } });
  }

  /** Signs in through the emulator's pages, where it shows any, and answers what the callback answered. */
  async signIn(email = 'hanako@example.com'): Promise<Answer> {
    const { url, scene } = this.application;
    const callback = `${url}/auth/callback`;
    const user = scene.emulator.users.find((one) => one.email === email)?.sub ?? '';
    let answer = await this.follow(await this.visit(`${url}/auth/login?returnTo=/me`), callback);
    while (answer.status === 200) {
      const fields = { ...(answer.body.includes('name="user"') && { user }), consent: 'allow' };
      answer = await this.follow(await this.submit(answer, answer.url, fields), callback);
    }
    const location = answer.headers.get('location') ?? '';
    if (!location.startsWith(callback)) throw new Error(`${answer.status} ${answer.body}`);
    return this.visit(location, { 'sec-fetch-site': 'cross-site' });
  }

  get(path: string): Promise<Answer> {
    const headers = { accept: 'application/json' };
    return this.request(this.application.url + path, { headers });
  }

  /** Who the application says this is. */
  async me(): Promise<Record<string, unknown>> {
    const { status, body } = await this.get('/me');
    if (status !== 200) throw new Error(`/me answered ${status}: ${body}`);
    return JSON.parse(body) as Record<string, unknown>;
  }

  async isSignedIn(): Promise<boolean> {
    const { status, body } = await this.get('/me');
    if (status === 200 || status === 401) return status === 200;
    throw new Error(`/me answered ${status}: ${body}`);
  }

  /** Posts the logout form of one of the application's pages. */
  async signOut(): Promise<Answer> {
    const page = await this.visit(`${this.application.url}/`);
    return this.submit(page, '/auth/logout');
  }

  /** Signs out at the authorization server, which tells the application. */
  async signOutAtServer(): Promise<void> {
    const { url, scene } = this.application;
    const query = new URLSearchParams({ client_id: CLIENT_ID, returnTo: `${url}/` });
    const told = scene.emulator.counters.backchannelLogouts;
    await this.navigate(`${scene.emulator.url}/v2/logout?${query}`);
    if (scene.emulator.counters.backchannelLogouts !== told + 1) {
      throw new Error('the application did not accept the logout token');
    }
  }

  /** Somebody who has stolen every cookie of this moment. */
  async copy(): Promise<Browser> {
    return new Browser(this.application, this.name, await this.cookies.clone());
  }

  /** Names of the session cookies that the application gets from this browser. */
  async sessionCookies(): Promise<string[]> {
    return this.cookieNames(this.application.url, 'session');
  }
}

/** A port and an emulator that knows it; applications come and go. */
export class Scene {
  private constructor(
    readonly mode: Mode,
    readonly platform: Platform,
    readonly servers: Servers,
    readonly port: number,
    readonly emulator: UpbondEmulator,
  ) {}

  static async start(mode: Mode, platform: Platform, servers: Servers, port: number) {
    const url = `http://localhost:${port}`;
    const emulator = await startUpbondEmulator({
      clients: [
        {
          clientId: CLIENT_ID,
          clientSecret: CLIENT_SECRET,
          redirectUris: [`${url}/auth/callback`],
          postLogoutRedirectUris: [`${url}/`],
          backchannelLogoutUri: `${url}/auth/backchannel-logout`,
        },
      ],
    });
    return new Scene(mode, platform, servers, port, emulator);
  }
}
