import { Controller, Get, Post, Req, UseGuards } from '@nestjs/common';
import {
  Claims,
  Credentials,
  CurrentUser,
  Permissions,
  Public,
  Roles,
  Scopes,
  StepUp,
  UpbondGuard,
  type UpbondAuthOptions,
  type UpbondUser,
} from 'nestjs-upbond-auth';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  startApplication,
  type ApplicationSetup,
  type Platform,
  type RunningApplication,
} from '../support/application.js';
import { freePort } from '../support/ports.js';
import { sign, type IdTokenDraft } from '../support/id-tokens.js';
import { ScriptedServer } from '../support/scripted-server.js';
import { UserAgent, type Answer } from '../support/user-agent.js';

export const API = 'https://api.example.com';
export const PAGE = {
  accept: 'text/html',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
};

@UseGuards(UpbondGuard)
@Controller()
export class RoutesController {
  @Get('me')
  me(@CurrentUser() user: UpbondUser, @Req() request: { user: UpbondUser }) {
    return { sub: user.sub, isSame: request.user === user, isFrozen: Object.isFrozen(user) };
  }

  @Post('change')
  change() {
    return { changed: true };
  }

  @Public()
  @Get('open')
  open(@CurrentUser('sub') sub?: string) {
    return { sub: sub ?? null };
  }

  @Credentials('session')
  @Get('session')
  session() {
    return {};
  }

  @Credentials('bearer')
  @Get('bearer')
  bearer() {
    return {};
  }

  @Scopes('read:contacts')
  @Get('scope')
  scope() {
    return {};
  }

  @Scopes('read:contacts', 'admin', { mode: 'any' })
  @Get('any-scope')
  anyScope() {
    return {};
  }

  @Permissions('contacts:write')
  @Get('permission')
  permission() {
    return {};
  }

  @Roles('admin')
  @Get('role')
  role() {
    return {};
  }

  @Claims((user) => user.email_verified === true)
  @Get('claims')
  claims() {
    return {};
  }

  @StepUp({ acrValues: ['gold'], maxAgeSeconds: 300 })
  @Get('step-up')
  stepUp() {
    return { isStrong: true };
  }

  @StepUp({ acrValues: ['gold'] })
  @Get('gold')
  gold() {
    return { isGold: true };
  }
}

@Public()
@Scopes('never:granted')
@UseGuards(UpbondGuard)
@Controller('both')
export class BothController {
  @Get()
  closed() {
    return {};
  }

  @Public()
  @Get('open')
  open() {
    return {};
  }

  @Scopes('read:contacts')
  @Get('other')
  other() {
    return {};
  }
}

/** An application that accepts bearer tokens, and the server that issues them. */
export class BearerApplication {
  constructor(
    readonly running: RunningApplication,
    readonly server: ScriptedServer,
  ) {}

  get url(): string {
    return this.running.url;
  }

  /** A good access token but for these claims and members of its header; `undefined` removes one. */
  token(claims: object = {}, header: object = {}, key = this.server.key): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const usual = { iss: this.server.url, sub: 'did:key:z1', aud: API, exp: now + 600, iat: now };
    return sign({
      claims: { ...usual, scope: 'openid read:contacts', ...claims },
      header: { alg: key.alg, kid: key.kid, typ: 'JWT', ...header },
      key,
    });
  }

  get(path: string, headers: Record<string, string> = {}, agent = new UserAgent()) {
    return agent.request(this.url + path, { headers: { accept: 'application/json', ...headers } });
  }

  async withToken(path: string, token: string | Promise<string>): Promise<Answer> {
    return this.get(path, { authorization: `Bearer ${await token}` });
  }

  /** A browser with a session; its ID token says these things on top. */
  async signedIn(claims: object = {}): Promise<UserAgent> {
    this.signsIn(claims);
    const agent = new UserAgent();
    await agent.navigate(`${this.url}/auth/login?returnTo=/open`);
    return agent;
  }

  /** What ID tokens say from now on. */
  signsIn(claims: object): void {
    this.server.makeIdToken = (draft: IdTokenDraft) =>
      sign({ ...draft, claims: { ...draft.claims, ...claims } });
  }

  async close(): Promise<void> {
    await this.running.close();
    await this.server.close();
  }
}

export async function startBearerApplication(
  platform: Platform,
  options: UpbondAuthOptions = {},
  setup: Partial<ApplicationSetup> = {},
): Promise<BearerApplication> {
  const port = await freePort();
  const server = await ScriptedServer.start({
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    redirectUri: `http://localhost:${port}/auth/callback`,
    authentication: 'client_secret_post',
    isOpenid: true,
  });
  const running = await startApplication({
    platform,
    port,
    controllers: [RoutesController, BothController],
    ...setup,
    options: { domain: server.url, accessTokenAudiences: [API], ...options },
  });
  return new BearerApplication(running, server);
}

/** `WWW-Authenticate` without what all of them have in common. */
export function challengeOf({ headers }: Answer): string {
  const challenge = headers.get('www-authenticate') ?? '';
  return challenge
    .replace(/^Bearer realm="localhost:\d+"(, )?/, '')
    .replace(/(, )?resource_metadata="http:\/\/localhost:\d+\/[^"]*"$/, '');
}
