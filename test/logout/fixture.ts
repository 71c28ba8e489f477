import { Controller, Get, UseGuards } from '@nestjs/common';
import type { INestApplication, Provider } from '@nestjs/common';
import {
  CurrentUser,
  UpbondGuard,
  type UpbondAuthModuleExtras,
  type UpbondAuthOptions,
} from 'nestjs-upbond-auth';
import {
  startApplication,
  type Platform,
  type RunningApplication,
} from '../support/application.js';
import { freePort } from '../support/ports.js';
import { UserAgent, type Answer } from '../support/user-agent.js';
import { LoginServer } from './login-server.js';

@Controller()
export class Pages {
  @Get()
  home() {
    return 'the public page';
  }

  @UseGuards(UpbondGuard)
  @Get('me')
  me(@CurrentUser('sub') sub: string) {
    return { sub };
  }
}

/** A browser that uses the application. */
export class Visitor {
  constructor(
    readonly url: string,
    readonly agent = new UserAgent(),
  ) {}

  async signIn(): Promise<this> {
    const answer = await this.agent.navigate(`${this.url}/auth/login?returnTo=/me`);
    if (answer.status !== 200) throw new Error(`sign-in: ${answer.status} ${answer.body}`);
    return this;
  }

  async isSignedIn(): Promise<boolean> {
    const headers = { accept: 'application/json' };
    const { status } = await this.agent.request(`${this.url}/me`, { headers });
    if (status === 200 || status === 401) return status === 200;
    throw new Error(`/me answered ${status}`);
  }

  /** Posts the logout form of one of the application's pages. */
  async signOut(fields: Record<string, string> = {}): Promise<Answer> {
    const page = await this.agent.visit(`${this.url}/`);
    return this.agent.submit(page, '/auth/logout', fields);
  }

  /** What a script of the application's own pages is answered. */
  signOutByScript(body?: string, type = 'application/json'): Promise<Answer> {
    return this.agent.request(`${this.url}/auth/logout`, {
      method: 'POST',
      headers: {
        accept: 'application/json',
        'sec-fetch-site': 'same-origin',
        'sec-fetch-mode': 'cors',
        'sec-fetch-dest': 'empty',
        ...(body !== undefined && { 'content-type': type }),
      },
      ...(body !== undefined && { body }),
    });
  }
}

/** Starts something on a free port; between finding one and listening, somebody else can take it. */
export async function onFreePort<T>(start: (port: number) => Promise<T>, attempts = 3): Promise<T> {
  try {
    return await start(await freePort());
  } catch (error) {
    if (attempts > 1 && String(error).includes('EADDRINUSE'))
      return onFreePort(start, attempts - 1);
    throw error;
  }
}

export interface Setup {
  readonly platform: Platform;
  readonly options?: UpbondAuthOptions & UpbondAuthModuleExtras;
  readonly providers?: Provider[];
  readonly configure?: (app: INestApplication) => void;
}

/** The application and the scripted server. */
export class Scene {
  constructor(
    readonly application: RunningApplication,
    readonly server: LoginServer,
  ) {}

  static async start(setup: Setup): Promise<Scene> {
    return onFreePort(async (port) => {
      const { platform, options, providers = [], configure } = setup;
      const server = await LoginServer.start(`http://localhost:${port}/auth/callback`);
      const application = await startApplication({
        platform,
        port,
        controllers: [Pages],
        providers,
        options: { domain: server.url, ...options },
        ...(configure && { configure }),
      }).catch(async (error: unknown) => {
        await server.close();
        throw error;
      });
      return new Scene(application, server);
    });
  }

  get url(): string {
    return this.application.url;
  }

  visitor(): Visitor {
    return new Visitor(this.url);
  }

  /** What the authorization server is answered; nobody's cookies come along. */
  notify(
    body: URLSearchParams | string,
    headers: Record<string, string> = {},
    method = 'POST',
  ): Promise<Answer> {
    return new UserAgent().request(`${this.url}/auth/backchannel-logout`, {
      method,
      headers,
      ...(method === 'POST' && { body }),
    });
  }

  async send(logoutToken: string | Promise<string>): Promise<Answer> {
    return this.notify(new URLSearchParams({ logout_token: await logoutToken }));
  }

  async close(): Promise<void> {
    await this.application.close();
    await this.server.close();
  }
}

/** Where the page after a logout sends the browser. */
export function destination({ body }: Answer): URL {
  const [, href = ''] = /http-equiv="refresh" content="0; url=([^"]*)"/.exec(body) ?? [];
  return new URL(href.replaceAll('&amp;', '&'));
}
