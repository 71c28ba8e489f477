import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Controller, Get, Inject, UseGuards } from '@nestjs/common';
import session from 'express-session';
import {
  AccessToken,
  ClientCredentialsService,
  CurrentUser,
  ExpressSessionStore,
  Public,
  SessionService,
  UpbondGuard,
  type Session,
  type UpbondAuthOptions,
} from 'nestjs-upbond-auth';
import { onTestFinished } from 'vitest';
import { API, RoutesController, startBearerApplication } from '../bearer/fixture.js';
import type { BearerApplication } from '../bearer/fixture.js';
import type { Platform } from '../support/application.js';
import { CLIENT_ID } from '../support/application.js';
import { sign } from '../support/id-tokens.js';
import { MovableClock } from '../support/movable-clock.js';
import { UserAgent } from '../support/user-agent.js';
import { TokenScript } from '../tokens/scripted-tokens.js';

/** Headers that prove who asks. */
export type Credential = Readonly<Record<string, string>>;

/** Where sessions are kept. */
export const KEPT: readonly (readonly [where: string, options: () => UpbondAuthOptions])[] = [
  ['sealed cookies', () => ({})],
  ['a store', () => ({ sessionStore: new ExpressSessionStore(new session.MemoryStore()) })],
];

@UseGuards(UpbondGuard)
@Controller()
export class WhoController {
  constructor(
    @Inject(ClientCredentialsService) private readonly machine: ClientCredentialsService,
  ) {}

  @Get('who')
  who(@CurrentUser('sub') sub: string) {
    return { sub };
  }

  /** Who asks, and the access token that this handler gets for it. */
  @Get('mine')
  mine(
    @CurrentUser('sub') sub: string,
    @AccessToken({ minimumValiditySeconds: 0 }) accessToken: string,
  ) {
    return { sub, accessToken };
  }

  @Public()
  @Get('machine')
  async ofTheApplication() {
    return { accessToken: await this.machine.getAccessToken({ audience: 'https://reports.test' }) };
  }
}

/** Lets nobody go on before so many have come. */
export function meetingOf(size: number): () => Promise<void> {
  let come = 0;
  let begin = () => {};
  const begun = new Promise<void>((resolve) => (begin = resolve));
  return () => {
    come += 1;
    if (come === size) begin();
    return begun;
  };
}

/** What an answer says. */
export interface Said {
  readonly status: number;
  readonly sub?: string;
  readonly accessToken?: string;
  readonly error?: string;
}

/** An application that takes credentials of every kind, and the server that issues them. */
export class CacheScene {
  /** What the application was last asked to load a user of: the same object while it is remembered. */
  loaded: object | undefined;
  /** Subjects that the application has locked out. */
  readonly lockedOut = new Set<string>();
  /** Where requests meet in the middle of the guard. */
  meeting: (() => Promise<void>) | undefined;
  readonly clock = new MovableClock();
  app!: BearerApplication;
  script!: TokenScript;

  /** Starts it; it ends with the test. */
  static async start(platform: Platform, options: UpbondAuthOptions = {}): Promise<CacheScene> {
    const scene = new CacheScene();
    const load = async (loaded: { sub: string }): Promise<boolean> => {
      scene.loaded = loaded;
      await scene.meeting?.();
      return !scene.lockedOut.has(loaded.sub);
    };
    scene.app = await startBearerApplication(
      platform,
      {
        scope: 'openid offline_access',
        opaqueAccessTokens: 'introspection',
        loadUser: async (one) => ((await load(one)) ? one.user : null),
        loadTokenUser: async (claims) => ((await load(claims)) ? claims : null),
        ...options,
      },
      { clock: scene.clock, controllers: [RoutesController, WhoController] },
    );
    scene.script = new TokenScript(scene.app.server);
    onTestFinished(() => scene.app.close());
    return scene;
  }

  get url(): string {
    return this.app.url;
  }

  get service(): SessionService {
    return this.app.running.app.get(SessionService);
  }

  /** The session of the latest request. */
  get session(): Session {
    return this.loaded as Session;
  }

  async ask(credential: Credential, path = '/who', url = this.url): Promise<Said> {
    const headers = { accept: 'application/json', ...credential };
    const { status, body } = await new UserAgent().request(url + path, { headers });
    return { status, ...(JSON.parse(body) as object) };
  }

  /** The status of one request; 200 only for whose credential it is. */
  async status(credential: Credential): Promise<number> {
    return (await this.ask(credential)).status;
  }

  /** Whether this credential is remembered now: nothing is read anew for the second of two requests. */
  async isRemembered(credential: Credential): Promise<boolean> {
    await this.ask(credential);
    const first = this.loaded;
    this.loaded = undefined;
    const { status } = await this.ask(credential);
    return status === 200 && first !== undefined && first === this.loaded;
  }

  /** A browser in which this user has signed in. */
  browser(sub: string): Promise<UserAgent> {
    this.app.server.sub = sub;
    return this.app.signedIn();
  }

  /** The cookies that this browser sends now, for whoever has copied them. */
  async cookiesOf(agent: UserAgent): Promise<Credential> {
    return { cookie: await agent.cookies.getCookieString(this.url) };
  }

  async signedIn(sub: string): Promise<Credential> {
    return this.cookiesOf(await this.browser(sub));
  }

  async jwt(claims: object): Promise<Credential> {
    return bearer(await this.app.token({ jti: randomBytes(8).toString('hex'), ...claims }));
  }

  /** An opaque token of which the server says this. */
  opaque(claims: object, token = randomBytes(32).toString('base64url')): Credential {
    const usual = { active: true, token_type: 'Bearer', aud: API, iss: this.app.server.url };
    this.app.server.tokens.set(token, { ...usual, exp: this.clock.now() + 600, ...claims });
    return bearer(token);
  }

  /** Tells the application that somebody has signed out at the authorization server. */
  async backchannelLogout(who: { readonly sub?: string; readonly sid?: string }): Promise<number> {
    const { url, key } = this.app.server;
    const iat = Math.floor(Date.now() / 1000);
    const jti = randomBytes(16).toString('hex');
    const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
    const logoutToken = await sign({
      claims: { iss: url, aud: CLIENT_ID, iat, exp: iat + 120, jti, events, ...who },
      header: { alg: key.alg, kid: key.kid, typ: 'logout+jwt' },
      key,
    });
    const body = new URLSearchParams({ logout_token: logoutToken });
    const path = `${this.url}/auth/backchannel-logout`;
    return (await new UserAgent().request(path, { method: 'POST', body })).status;
  }
}

export function bearer(token: string): Credential {
  return { authorization: `Bearer ${token}` };
}

/**
 * Sends all requests over one connection without waiting for answers, which come in the same order. The
 * server works on them at the same time.
 */
export async function pipelined(
  url: string,
  path: string,
  credentials: readonly Credential[],
): Promise<Said[]> {
  const { host, hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname === 'localhost' ? '127.0.0.1' : hostname);
  const answers = text(socket);
  for (const [index, credential] of credentials.entries()) {
    const connection = index === credentials.length - 1 ? 'close' : 'keep-alive';
    const headers = Object.entries({ host, accept: 'application/json', connection, ...credential });
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    socket.write(`GET ${path} HTTP/1.1\r\n${lines}\r\n`);
  }
  return [...answersIn(await answers)];
}

function* answersIn(received: string): Generator<Said> {
  for (let rest = received; rest !== '';) {
    const end = rest.indexOf('\r\n\r\n') + 4;
    const head = rest.slice(0, end);
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1]);
    yield {
      status: Number(head.split(' ', 2)[1]),
      ...(JSON.parse(rest.slice(end, end + length)) as object),
    };
    rest = rest.slice(end + length);
  }
}
