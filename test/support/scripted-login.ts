import { Controller, Get, UseGuards } from '@nestjs/common';
import {
  CurrentUser,
  UpbondGuard,
  type UpbondAuthModuleExtras,
  type UpbondAuthOptions,
} from 'nestjs-upbond-auth';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  startApplication,
  type ApplicationSetup,
  type Platform,
  type RunningApplication,
} from './application.js';
import { freePort } from './ports.js';
import { ScriptedServer } from './scripted-server.js';
import { UserAgent, type Answer } from './user-agent.js';

@Controller()
export class Pages {
  @Get()
  home() {
    return 'the public page';
  }

  @UseGuards(UpbondGuard)
  @Get('me')
  me(@CurrentUser() user: unknown) {
    return user;
  }

  @UseGuards(UpbondGuard)
  @Get('deep/*')
  deep(@CurrentUser('sub') sub: string) {
    return { sub };
  }
}

export interface ScriptedLoginSetup extends Pick<
  ApplicationSetup,
  'controllers' | 'providers' | 'imports' | 'clock'
> {
  readonly platform: Platform;
  readonly options?: UpbondAuthOptions & UpbondAuthModuleExtras;
  /** `false`: a client that logs in by OAuth alone. */
  readonly isOpenid?: boolean;
  /** Changes options once the server's address is known. */
  readonly optionsFor?: (server: ScriptedServer) => UpbondAuthOptions | Promise<UpbondAuthOptions>;
}

/** An application, a scripted server, and a browser between them. */
export class ScriptedLogin {
  constructor(
    readonly application: RunningApplication,
    readonly server: ScriptedServer,
    readonly browser = new UserAgent(),
  ) {}

  get url(): string {
    return this.application.url;
  }

  /** The same two seen by another browser. */
  anotherBrowser(): ScriptedLogin {
    return new ScriptedLogin(this.application, this.server);
  }

  /** Goes to the login route and through everything that follows, as far as the last answer. */
  signIn(): Promise<Answer> {
    return this.browser.navigate(`${this.url}/auth/login?returnTo=/me`);
  }

  /** Goes through the authorization server and answers the callback's URL without visiting it. */
  async upToCallback(): Promise<string> {
    const started = await this.browser.visit(`${this.url}/auth/login?returnTo=/me`);
    const back = await this.browser.follow(started, `${this.url}/auth/callback`);
    return back.headers.get('location') ?? '';
  }

  /** Visits a callback's URL as a browser does that comes from the authorization server. */
  finish(callback: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.browser.visit(callback, { 'sec-fetch-site': 'cross-site', ...headers });
  }

  /** What a program is told behind the guard. */
  me(): Promise<Answer> {
    return this.browser.request(`${this.url}/me`, { headers: { accept: 'application/json' } });
  }

  /** Names of the session cookies that this browser holds. */
  async sessionCookies(): Promise<string[]> {
    return this.browser.cookieNames(this.url, 'session');
  }

  async close(): Promise<void> {
    await this.application.close();
    await this.server.close();
  }
}

/** Starts both; the test that uses them fails when the module broke a rule of the protocol. */
export async function startScriptedLogin(
  setup: ScriptedLoginSetup,
  onTestFinished: (check: () => Promise<void>) => void,
): Promise<ScriptedLogin> {
  const login = await start(setup);
  onTestFinished(async () => {
    await login.close();
    const { problems } = login.server;
    if (problems.length > 0) throw new Error(`not conforming: ${problems.join(' · ')}`);
  });
  return login;
}

async function start(setup: ScriptedLoginSetup, attempts = 3): Promise<ScriptedLogin> {
  const { platform, options = {}, optionsFor, isOpenid = true } = setup;
  const { controllers = [], providers = [], imports = [], clock } = setup;
  const [clientSecret = CLIENT_SECRET] = [options.clientSecret ?? CLIENT_SECRET].flat();
  const port = await freePort();
  const server = await ScriptedServer.start({
    clientId: options.clientId ?? CLIENT_ID,
    clientSecret,
    redirectUri: `http://localhost:${port}/auth/callback`,
    authentication: options.clientAuthentication ?? 'client_secret_post',
    isOpenid,
  });
  try {
    const application = await startApplication({
      platform,
      port,
      controllers: [Pages, ...controllers],
      providers,
      imports,
      ...(clock && { clock }),
      options: { domain: server.url, ...options, ...(await optionsFor?.(server)) },
    });
    return new ScriptedLogin(application, server);
  } catch (error) {
    await server.close();
    // Between finding a free port and listening, somebody else can take it
    if (attempts > 1 && String(error).includes('EADDRINUSE')) return start(setup, attempts - 1);
    throw error;
  }
}
