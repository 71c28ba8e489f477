import { randomUUID } from 'node:crypto';
import { Controller, Get, Injectable, Param, UseGuards } from '@nestjs/common';
import {
  ClientCredentialsService,
  TokenService,
  UpbondFetch,
  UpbondGuard,
  UserinfoService,
  type UpbondAuthOptions,
} from 'nestjs-upbond-auth';
import { onTestFinished } from 'vitest';
import type { ApplicationSetup, Platform } from '../support/application.js';
import { MovableClock } from '../support/movable-clock.js';
import { startScriptedLogin, type ScriptedLogin } from '../support/scripted-login.js';
import type { Reply, ScriptedServer } from '../support/scripted-server.js';

/** What a test does in a handler of the application. */
export type Work = (services: Services) => Promise<unknown>;

const works = new Map<string, Work>();

@Injectable()
export class Services {
  constructor(
    readonly tokens: TokenService,
    readonly upbond: UpbondFetch,
    readonly userinfo: UserinfoService,
    readonly machine: ClientCredentialsService,
  ) {}
}

@UseGuards(UpbondGuard)
@Controller()
class WorkController {
  constructor(private readonly services: Services) {}

  @Get('work/:id')
  async work(@Param('id') id: string) {
    return { result: await works.get(id)?.(this.services) };
  }
}

/** What was asked for a token. */
export interface Issued {
  readonly sub: string;
  readonly audience: string | null;
  readonly scope: string | null;
  /** The refresh token that was spent; nothing for a login. */
  readonly spent: string | null;
}

/** The token endpoint of a scripted server that knows what it gave to whom. */
export class TokenScript {
  /** Whether a refresh is answered with another refresh token. */
  isRotating = true;
  /** Members of the answers to refreshes on top of the usual ones; `undefined` removes one. */
  refreshResponse: Record<string, unknown> = { id_token: undefined };
  /** Makes access tokens longer. */
  padding = '';
  /** Every access token, in order. */
  readonly issued = new Map<string, Issued>();
  /** Refresh tokens that were spent twice. */
  readonly reuses: string[] = [];
  readonly #subjects = new Map<string, string>();
  readonly #spent = new Set<string>();

  constructor(private readonly server: ScriptedServer) {
    server.script('token', async ({ form }, healthy) => this.#answer(form, await healthy()));
  }

  /** The forms of all refreshes. */
  get refreshes(): URLSearchParams[] {
    return this.server.requests
      .filter(({ form }) => form.get('grant_type') === 'refresh_token')
      .map(({ form }) => form);
  }

  #answer(form: URLSearchParams, { body }: Reply): Reply {
    const spent = form.get('refresh_token');
    const isForUser = form.get('grant_type') !== 'client_credentials';
    const user = this.#subjects.get(spent ?? '') ?? this.server.sub;
    const sub = isForUser ? user : 'the application';
    if (spent !== null && this.#spent.has(spent)) {
      this.reuses.push(spent);
      return { status: 400, body: { error: 'invalid_grant' } };
    }
    const accessToken = `at-${this.issued.size + 1}-${randomUUID()}${this.padding}`;
    const refreshToken = `rt-${this.issued.size + 1}-${randomUUID()}`;
    this.issued.set(accessToken, {
      sub,
      audience: form.get('audience'),
      scope: form.get('scope'),
      spent,
    });
    this.#subjects.set(refreshToken, sub);
    const usual = { ...(body as object), access_token: accessToken };
    if (!isForUser) return { body: { ...usual, id_token: undefined } };
    if (spent === null) return { body: { ...usual, refresh_token: refreshToken } };
    if (this.isRotating) this.#spent.add(spent);
    const renewing = this.isRotating ? { refresh_token: refreshToken } : {};
    return { body: { ...usual, ...renewing, ...this.refreshResponse } };
  }
}

/** An application with services that call others, and the server that gives it tokens. */
export interface TokenApplication {
  readonly login: ScriptedLogin;
  readonly script: TokenScript;
  readonly clock: MovableClock;
}

/** An answer with its JSON. */
export interface Outcome {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
}

export async function startTokenApplication(
  platform: Platform,
  options: UpbondAuthOptions = {},
  parts: Pick<ApplicationSetup, 'controllers' | 'providers' | 'imports'> = {},
): Promise<TokenApplication> {
  const { controllers = [], providers = [], imports = [] } = parts;
  const clock = new MovableClock();
  const login = await startScriptedLogin(
    {
      platform,
      clock,
      controllers: [WorkController, ...controllers],
      providers: [Services, ...providers],
      imports: [...imports],
      options: { scope: 'openid profile email offline_access', ...options },
    },
    onTestFinished,
  );
  return { login, script: new TokenScript(login.server), clock };
}

/** Does this in a handler, as the user of this browser. */
export async function inHandler(
  login: ScriptedLogin,
  work: Work,
  headers: Record<string, string> = {},
): Promise<Outcome> {
  const id = randomUUID();
  works.set(id, work);
  const url = `${login.url}/work/${id}`;
  const answer = await login.browser.request(url, {
    headers: { accept: 'application/json', ...headers },
  });
  works.delete(id);
  return { status: answer.status, json: JSON.parse(answer.body) as Outcome['json'] };
}

/** The status and the code of a refusal. */
export function codeOf({ status, json }: Outcome): [number, unknown] {
  return [status, json['error']];
}
