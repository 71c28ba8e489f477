import { Controller, Get, Inject, Injectable, UseGuards } from '@nestjs/common';
import { decodeJwt } from 'jose';
import {
  AccessToken,
  TokenService,
  tokenServiceToken,
  UpbondAuthModule,
  UpbondFetch,
  upbondFetchToken,
  UpbondGuard,
  UserinfoService,
  userinfoServiceToken,
  type UpbondAuthOptions,
} from 'nestjs-upbond-auth';
import type { UpbondEmulator } from 'upbond-emulator';
import { CLIENT_ID, PLATFORMS, usualOptions } from '../support/application.js';
import { boot, CleanUp, emulatorFor } from '../support/boot.js';
import { freePort } from '../support/ports.js';
import { UserAgent } from '../support/user-agent.js';
import { Api } from './api.js';

const cleanUp = new CleanUp();
afterEach(() => cleanUp.clean());

const ADMIN_CLIENT_ID = 'admin-client';
const AdminGuard = UpbondGuard.for('admin');
let api: Api;

@Injectable()
class Services {
  constructor(
    readonly tokens: TokenService,
    readonly upbond: UpbondFetch,
    readonly userinfo: UserinfoService,
    @Inject(tokenServiceToken('admin')) readonly adminTokens: TokenService,
    @Inject(upbondFetchToken('admin')) readonly adminFetch: UpbondFetch,
    @Inject(userinfoServiceToken('admin')) readonly adminUserinfo: UserinfoService,
  ) {}
}

async function clientOf(token: Promise<string>): Promise<unknown> {
  return decodeJwt(await token)['client_id'];
}

@UseGuards(UpbondGuard)
@Controller('main')
class MainController {
  constructor(private readonly services: Services) {}

  @Get()
  async own(@AccessToken() accessToken: string) {
    const { tokens, upbond, userinfo } = this.services;
    await upbond.fetch(api.origin);
    const parameter = decodeJwt(accessToken)['client_id'];
    const service = await clientOf(tokens.getAccessToken());
    return { parameter, service, email: (await userinfo.fetch()).email };
  }

  @Get('foreign')
  async foreign() {
    const { adminTokens, adminFetch, adminUserinfo } = this.services;
    return Promise.all([
      codeOf(adminTokens.getAccessToken()),
      codeOf(adminFetch.fetch(api.origin)),
      codeOf(adminUserinfo.fetch()),
      codeOf(adminTokens.revoke()),
    ]);
  }
}

@UseGuards(AdminGuard)
@Controller('admin')
class AdminController {
  constructor(private readonly services: Services) {}

  @Get()
  async own(@AccessToken() accessToken: string) {
    const { adminTokens, adminFetch, adminUserinfo } = this.services;
    await adminFetch.fetch(api.origin);
    const parameter = decodeJwt(accessToken)['client_id'];
    const service = await clientOf(adminTokens.getAccessToken());
    return { parameter, service, email: (await adminUserinfo.fetch()).email };
  }

  @Get('foreign')
  async foreign() {
    const { tokens, upbond, userinfo } = this.services;
    return Promise.all([
      codeOf(tokens.getAccessToken()),
      codeOf(upbond.fetch(api.origin)),
      codeOf(userinfo.fetch()),
      codeOf(tokens.revoke()),
    ]);
  }
}

function codeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'it worked',
    ({ code }: { code: string }) => code,
  );
}

describe.each(PLATFORMS)('access tokens of two instances on %s', (platform) => {
  let url: string;
  let emulator: UpbondEmulator;

  beforeEach(async () => {
    const port = await freePort();
    url = `http://localhost:${port}`;
    api = await cleanUp.closing(Api.start());
    const redirectUri = `${url}/auth/admin/callback`;
    emulator = await cleanUp.closing(
      emulatorFor(
        { redirectUris: [`${url}/auth/callback`] },
        { clientId: ADMIN_CLIENT_ID, redirectUris: [redirectUri] },
      ),
    );
    const main: UpbondAuthOptions = {
      ...usualOptions(port),
      domain: emulator.url,
      scope: 'openid email offline_access',
      apis: [{ origin: api.origin }],
    };
    const routes = { login: '/auth/admin/login', logout: '/auth/admin/logout' };
    const admin = { ...main, clientId: ADMIN_CLIENT_ID, redirectUri, routes };
    const imports = [
      UpbondAuthModule.forRoot(main),
      UpbondAuthModule.forRoot({ ...admin, name: 'admin' }),
    ];
    const controllers = [MainController, AdminController];
    await cleanUp.closing(boot({ platform, port, imports, controllers, providers: [Services] }));
  });

  async function get(agent: UserAgent, path: string): Promise<unknown> {
    const answer = await agent.request(url + path, { headers: { accept: 'application/json' } });
    return JSON.parse(answer.body);
  }

  async function signedInToBoth(): Promise<UserAgent> {
    const agent = new UserAgent();
    for (const login of ['/auth/login?returnTo=/main', '/auth/admin/login?returnTo=/admin']) {
      expect((await agent.navigate(url + login)).status).toBe(200);
    }
    return agent;
  }

  it('are those of the instance that let the request pass', async () => {
    const agent = await signedInToBoth();
    const email = 'hanako@example.com';
    const main = { parameter: CLIENT_ID, service: CLIENT_ID, email };
    const admin = { parameter: ADMIN_CLIENT_ID, service: ADMIN_CLIENT_ID, email };
    expect(await get(agent, '/main')).toEqual(main);
    expect(await get(agent, '/admin')).toEqual(admin);
    const clients = api.tokens.slice(-2).map((token) => decodeJwt(String(token))['client_id']);
    expect(clients).toEqual([CLIENT_ID, ADMIN_CLIENT_ID]);
  });

  it.each(['/main/foreign', '/admin/foreign'])(
    'are not to be had by the services of the other one: %s',
    async (path) => {
      const agent = await signedInToBoth();
      const before = api.requests.length;
      expect(await get(agent, path)).toEqual(Array(4).fill('login_required'));
      expect(api.requests).toHaveLength(before);
      expect(emulator.counters.revocationRequests).toBe(0);
    },
  );
});
