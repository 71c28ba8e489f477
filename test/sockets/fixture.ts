import type { INestApplication, WebSocketAdapter } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { withUpbondAuth, type UpbondAuthOptions } from 'nestjs-upbond-auth';
import { SocketsService } from '../../libs/upbond-auth/src/sockets/sockets.service.js';
import { startBearerApplication, type BearerApplication } from '../bearer/fixture.js';
import { PLATFORMS, type ApplicationSetup, type Platform } from '../support/application.js';
import type { UserAgent } from '../support/user-agent.js';
import { connect, connected, outcomeOf, type Client, type Credentials } from './clients.js';
import { Arrivals, gatewaysOf, LIBRARIES, type Library } from './gateways.js';

/** Every combination of platform and library. */
export const COMBINATIONS = PLATFORMS.flatMap((platform) =>
  LIBRARIES.map((library) => [platform, library] as const),
);

export function adapterFor(library: Library, app: INestApplication): WebSocketAdapter {
  return library === 'ws' ? new WsAdapter(app) : new IoAdapter(app);
}

/** The line that an application writes. */
export function protect(library: Library): (app: INestApplication) => void {
  return (app) => app.useWebSocketAdapter(withUpbondAuth(app, adapterFor(library, app)));
}

/** An application with gateways, and clients of it. */
export class SocketScene {
  constructor(
    readonly library: Library,
    readonly application: BearerApplication,
    readonly arrivals: Arrivals,
  ) {}

  static async start(
    platform: Platform,
    library: Library,
    options: UpbondAuthOptions = {},
    setup: Partial<ApplicationSetup> = {},
  ): Promise<SocketScene> {
    const arrivals = new Arrivals();
    const application = await startBearerApplication(platform, options, {
      providers: gatewaysOf(library, arrivals),
      configure: protect(library),
      ...setup,
    });
    return new SocketScene(library, application, arrivals);
  }

  get url(): string {
    return this.application.url;
  }

  get origin(): string {
    return this.application.url;
  }

  /** How many connections the server knows of. */
  get state(): SocketsService['state'] {
    return this.application.running.app.get(SocketsService, { strict: false }).state;
  }

  connect(place: string, credentials?: Credentials) {
    return connect(this.library, this.url, place, credentials);
  }

  connected(place: string, credentials?: Credentials): Promise<Client> {
    return connected(this.library, this.url, place, credentials);
  }

  outcome(place: string, credentials?: Credentials): Promise<string> {
    return outcomeOf(this.library, this.url, place, credentials);
  }

  /** A token as this library's clients send it. */
  async bearer(claims: object = {}): Promise<Credentials> {
    return withToken(this.library, await this.application.token(claims));
  }

  /** The cookies of a browser, from a page of the application unless it is said otherwise. */
  async cookies(agent: UserAgent, headers: Record<string, string> = {}): Promise<Credentials> {
    const cookie = await agent.cookies.getCookieString(this.url);
    return { headers: { origin: this.origin, cookie, ...headers } };
  }

  close(): Promise<void> {
    return this.application.close();
  }
}

/** `Authorization` for ws, `auth.token` for socket.io: browsers cannot set headers there. */
export function withToken(library: Library, token: string): Credentials {
  return library === 'ws' ? { headers: { authorization: `Bearer ${token}` } } : { auth: { token } };
}
