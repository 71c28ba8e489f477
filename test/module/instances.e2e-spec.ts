import { Controller, Get, UseGuards } from '@nestjs/common';
import {
  CurrentUser,
  UpbondAuthModule,
  UpbondGuard,
  type UpbondAuthOptions,
} from 'nestjs-upbond-auth';
import type { UpbondEmulator } from 'upbond-emulator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLIENT_ID, PLATFORMS, usualOptions } from '../support/application.js';
import { freePort } from '../support/ports.js';
import {
  asVariables,
  boot,
  bootError,
  CleanUp,
  emulatorFor,
  MeController,
  SIGNED_IN,
  withEnvironment,
} from '../support/boot.js';
import { UserAgent } from '../support/user-agent.js';

const cleanUp = new CleanUp();
afterEach(() => cleanUp.clean());

const AdminGuard = UpbondGuard.for('admin');

@Controller('admin')
class AdminController {
  @UseGuards(AdminGuard)
  @Get()
  admin(@CurrentUser('email') email: string | undefined): string {
    return `administered by ${email}`;
  }
}

const ADMINISTERED = 'administered by hanako@example.com';
const ADMIN_CLIENT_ID = 'admin-client';
const ADMIN_ROUTES = { login: '/auth/admin/login', logout: '/auth/admin/logout' };

let port: number;
let url: string;
let emulator: UpbondEmulator;
let main: UpbondAuthOptions;
let admin: UpbondAuthOptions;

beforeEach(async () => {
  port = await freePort();
  url = `http://localhost:${port}`;
  const adminRedirectUri = `${url}/auth/admin/callback`;
  emulator = await cleanUp.closing(
    emulatorFor(
      { redirectUris: [usualOptions(port).redirectUri!, adminRedirectUri] },
      { clientId: ADMIN_CLIENT_ID, redirectUris: [adminRedirectUri] },
    ),
  );
  main = { ...usualOptions(port), domain: emulator.url };
  const own = { clientId: ADMIN_CLIENT_ID, redirectUri: adminRedirectUri, routes: ADMIN_ROUTES };
  admin = { ...main, ...own };
});

/** The client that the browser was sent to the authorization server for. */
function clientOf(history: readonly string[]): string | null | undefined {
  const urls = history.map((visited) => new URL(visited));
  return urls.find(({ pathname }) => pathname === '/authorize')?.searchParams.get('client_id');
}

describe.each(PLATFORMS)('a default and a named instance on %s', (platform) => {
  const controllers = [MeController, AdminController];

  async function bootBoth(adminOptions: UpbondAuthOptions = admin): Promise<void> {
    const imports = [
      UpbondAuthModule.forRoot(main),
      UpbondAuthModule.forRoot({ ...adminOptions, name: 'admin' }),
    ];
    await cleanUp.closing(boot({ platform, port, imports, controllers }));
  }

  /** Name and value of the one session cookie. */
  async function sessionCookie(agent: UserAgent): Promise<[name: string, value: string]> {
    const cookies = await agent.cookies.getCookies(url);
    const sessions = cookies.filter(({ key }) => /^upbond-.{6}-s-/.test(key));
    expect(sessions).toHaveLength(1);
    return [sessions[0]!.key, sessions[0]!.value];
  }

  function startOf(name: string): string {
    return name.slice(0, 'upbond-xxxxxx-s-'.length);
  }

  it('have routes and clients of their own', async () => {
    await bootBoth();
    const agent = new UserAgent();
    const mainLogin = await agent.visit(`${url}/auth/login`);
    const adminLogin = await agent.visit(`${url}/auth/admin/login`);
    const requests = [mainLogin, adminLogin].map(
      ({ headers }) => new URL(headers.get('location') ?? '').searchParams,
    );
    expect(requests.map((query) => query.get('client_id'))).toEqual([CLIENT_ID, ADMIN_CLIENT_ID]);
    expect(requests.map((query) => query.get('redirect_uri'))).toEqual([
      `${url}/auth/callback`,
      `${url}/auth/admin/callback`,
    ]);
  });

  it('send their visitors to their own login, and neither lets the users of the other in', async () => {
    await bootBoth();
    const agent = new UserAgent();
    const me = await agent.navigate(`${url}/me`);
    expect(me.body).toBe(SIGNED_IN);
    expect(clientOf(me.history)).toBe(CLIENT_ID);
    expect((await agent.request(`${url}/admin`)).status).toBe(401);

    const page = await agent.navigate(`${url}/admin`);
    expect(page.body).toBe(ADMINISTERED);
    expect(clientOf(page.history)).toBe(ADMIN_CLIENT_ID);
    expect((await agent.visit(`${url}/me`)).body).toBe(SIGNED_IN);
  });

  it('do not let a session of the named one into the routes of the default one', async () => {
    await bootBoth();
    const agent = new UserAgent();
    expect((await agent.navigate(`${url}/admin`)).body).toBe(ADMINISTERED);
    expect((await agent.request(`${url}/me`)).status).toBe(401);
  });

  it('have cookies of their own that open nothing under the name of the other', async () => {
    await bootBoth();
    const [main, admin] = [new UserAgent(), new UserAgent()];
    await main.navigate(`${url}/me`);
    await admin.navigate(`${url}/admin`);
    const [mainName, mainValue] = await sessionCookie(main);
    const [adminName, adminValue] = await sessionCookie(admin);
    expect(startOf(mainName)).not.toBe(startOf(adminName));

    const forged = [
      [adminName.replace(startOf(adminName), startOf(mainName)), adminValue, '/me'],
      [mainName.replace(startOf(mainName), startOf(adminName)), mainValue, '/admin'],
    ];
    for (const [name, value, path] of forged) {
      const headers = { cookie: `${name}=${value}` };
      expect((await new UserAgent().request(url + path, { headers })).status).toBe(401);
    }
    // What makes the difference is the name: under their own names the same values do open
    const genuine = [
      [mainName, mainValue, '/me'],
      [adminName, adminValue, '/admin'],
    ];
    for (const [name, value, path] of genuine) {
      const headers = { cookie: `${name}=${value}` };
      expect((await new UserAgent().request(url + path, { headers })).status).toBe(200);
    }
  });

  it('do not take the transaction of the other for a login of theirs', async () => {
    await bootBoth();
    const agent = new UserAgent();
    const login = await agent.visit(`${url}/auth/admin/login`);
    const atCallback = await agent.follow(login, `${url}/auth/admin/callback`);
    const response = new URL(atCallback.headers.get('location') ?? '');
    expect(response.searchParams.get('code')).toBeTruthy();
    const crossed = await agent.request(`${url}/auth/callback${response.search}`);
    expect(crossed.status).toBe(400);
    expect(crossed.body).toContain('state_mismatch');
    expect(emulator.counters.tokenRequests).toBe(0);
  });

  it('log out one without the other', async () => {
    await bootBoth();
    const agent = new UserAgent();
    await agent.navigate(`${url}/me`);
    const page = await agent.navigate(`${url}/admin`);
    const loggedOut = await agent.submit(page, '/auth/admin/logout');
    expect(loggedOut.status).toBe(200);
    expect(loggedOut.body).toContain(`client_id=${ADMIN_CLIENT_ID}`);
    expect((await agent.request(`${url}/admin`)).status).toBe(401);
    expect((await agent.visit(`${url}/me`)).body).toBe(SIGNED_IN);
  });

  it('keep apart with the same client at the same authorization server', async () => {
    await bootBoth({ ...admin, clientId: CLIENT_ID });
    const agent = new UserAgent();
    expect((await agent.navigate(`${url}/me`)).body).toBe(SIGNED_IN);
    expect((await agent.request(`${url}/admin`)).status).toBe(401);
    expect((await agent.navigate(`${url}/admin`)).body).toBe(ADMINISTERED);
    expect((await agent.visit(`${url}/me`)).body).toBe(SIGNED_IN);
    const page = await agent.visit(`${url}/admin`);
    await agent.submit(page, '/auth/admin/logout');
    expect((await agent.request(`${url}/admin`)).status).toBe(401);
    expect((await agent.visit(`${url}/me`)).body).toBe(SIGNED_IN);
  });

  it('read variables of their own', async () => {
    const { routes: _routes, ...adminStrings } = admin;
    const variables = {
      ...asVariables({ ...main }),
      ...asVariables({ ...adminStrings, loginPath: '/auth/admin/login' }, 'UPBOND_ADMIN_'),
      UPBOND_ADMIN_LOGOUT_PATH: '/auth/admin/logout',
    };
    const imports = [UpbondAuthModule.forRoot(), UpbondAuthModule.forRoot({ name: 'admin' })];
    await withEnvironment(variables, () =>
      cleanUp.closing(boot({ platform, port, imports, controllers })),
    );
    const agent = new UserAgent();
    const page = await agent.navigate(`${url}/admin`);
    expect(page.body).toBe(ADMINISTERED);
    expect(clientOf(page.history)).toBe(ADMIN_CLIENT_ID);
    expect(clientOf((await agent.navigate(`${url}/me`)).history)).toBe(CLIENT_ID);
  });

  it('work with forRootAsync for the named one, and in either order', async () => {
    const named = UpbondAuthModule.forRootAsync({ name: 'admin', useFactory: () => admin });
    const imports = [named, UpbondAuthModule.forRoot(main)];
    await cleanUp.closing(boot({ platform, port, imports, controllers }));
    const agent = new UserAgent();
    expect((await agent.navigate(`${url}/admin`)).body).toBe(ADMINISTERED);
    expect((await agent.navigate(`${url}/me`)).body).toBe(SIGNED_IN);
  });

  it('guard one route both, each for its own session', async () => {
    @Controller('both')
    @UseGuards(UpbondGuard)
    class BothController {
      @UseGuards(AdminGuard)
      @Get()
      both(): string {
        return 'both';
      }
    }
    const imports = [
      UpbondAuthModule.forRoot(main),
      UpbondAuthModule.forRoot({ ...admin, name: 'admin' }),
    ];
    const all = [...controllers, BothController];
    await cleanUp.closing(boot({ platform, port, imports, controllers: all }));
    const agent = new UserAgent();
    await agent.navigate(`${url}/me`);
    expect((await agent.request(`${url}/both`)).status).toBe(401);
    await agent.navigate(`${url}/admin`);
    expect((await agent.request(`${url}/both`)).body).toBe('both');
  });
});

describe.each(PLATFORMS)('a named instance on %s', (platform) => {
  it('works without a default one', async () => {
    const imports = [UpbondAuthModule.forRoot({ ...admin, name: 'admin' })];
    const setup = { platform, port, imports, controllers: [AdminController] };
    await cleanUp.closing(boot(setup));
    expect((await new UserAgent().navigate(`${url}/admin`)).body).toBe(ADMINISTERED);
  });

  it('is named in the error when a guard asks for it and nobody registered it', async () => {
    const imports = [UpbondAuthModule.forRoot(main)];
    const error = await bootError({ platform, imports, controllers: [AdminController] });
    expect(error.message).toContain("UpbondAuthModule.forRoot({ name: 'admin' })");
  });

  it('stops the boot when its name is taken', async () => {
    const other = { ...admin, redirectUri: `${url}/other/callback` };
    const imports = [
      UpbondAuthModule.forRoot({ ...admin, name: 'admin' }),
      UpbondAuthModule.forRoot({ ...other, name: 'admin' }),
    ];
    const error = await bootError({ platform, imports });
    expect(error.message).toMatchInlineSnapshot(
      `"UpbondAuthModule.forRoot({ name: "admin" }) is imported twice. Every instance needs a name of its own."`,
    );
  });

  it.each([
    ['admin-x', 'admin_x', 'UPBOND_ADMIN_X_CLIENT_ID'],
    ['admin', 'Admin', 'UPBOND_ADMIN_CLIENT_ID'],
    ['default', 'post-logout', 'UPBOND_POST_LOGOUT_REDIRECT_URI'],
  ])(
    'stops the boot when %s and %s would read the same variables',
    async (one, other, variable) => {
      const imports = [
        UpbondAuthModule.forRoot({ ...main, name: one }),
        UpbondAuthModule.forRoot({ ...admin, name: other }),
      ];
      const error = await bootError({ platform, imports });
      expect(error.message).toContain(`"${one}"`);
      expect(error.message).toContain(`"${other}"`);
      expect(error.message).toContain(variable);
    },
  );

  it('has routes of its own when none are configured', async () => {
    const { routes: _routes, ...withoutRoutes } = admin;
    const imports = [
      UpbondAuthModule.forRoot(main),
      UpbondAuthModule.forRoot({ ...withoutRoutes, name: 'admin' }),
    ];
    const { close } = await boot({ platform, port: await freePort(), imports });
    await close();
  });

  it('stops the boot when its routes are those of the default one', async () => {
    const routes = { login: '/auth/login', logout: '/auth/logout' };
    const imports = [
      UpbondAuthModule.forRoot(main),
      UpbondAuthModule.forRoot({ ...admin, routes, name: 'admin' }),
    ];
    const error = await bootError({ platform, imports });
    expect(error.name).toBe('UpbondConfigError');
    expect(error.message.replaceAll(/, which is registered before it/g, '')).toMatchInlineSnapshot(`
      "UpbondAuthModule "admin" cannot start: 2 problems in its configuration.
        1. UPBOND_ADMIN_LOGIN_PATH (option routes.login): the login route cannot be served at /auth/login: the login route of another UpbondAuthModule takes the requests for /auth/login.
           Fix: give one of the two another path, such as /auth/admin/login.
        2. UPBOND_ADMIN_LOGOUT_PATH (option routes.logout): the logout route cannot be served at /auth/logout: the logout route of another UpbondAuthModule takes the requests for /auth/logout.
           Fix: give one of the two another path, such as /auth/admin/logout."
    `);
  });

  it('stops the boot when its callback is that of the default one', async () => {
    const imports = [
      UpbondAuthModule.forRoot(main),
      UpbondAuthModule.forRoot({ ...admin, redirectUri: main.redirectUri, name: 'admin' }),
    ];
    const error = await bootError({ platform, imports });
    expect(error.name).toBe('UpbondConfigError');
    expect(error.message).toContain('the callback route cannot be served at /auth/callback');
  });
});
