import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, Get, Inject, Logger, UseGuards } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { decodeJwt } from 'jose';
import {
  CurrentUser,
  TokenService,
  UpbondAuthModule,
  UpbondGuard,
  UserinfoService,
} from 'nestjs-upbond-auth';
import { createUpbondTesting, type UpbondTesting } from 'nestjs-upbond-auth/testing';
import { PLATFORMS, usualOptions } from '../support/application.js';
import { asVariables, CleanUp, withEnvironment } from '../support/boot.js';
import { API, ApplicationUnderTest, codeOf, OrdersController, ordersModule } from './fixture.js';

@Controller()
class TwoDoorsController {
  @UseGuards(UpbondGuard)
  @Get('shop')
  shop(@CurrentUser('sub') sub: string) {
    return { sub };
  }

  @UseGuards(UpbondGuard.for('admin'))
  @Get('admin')
  admin(@CurrentUser('sub') sub: string) {
    return { sub };
  }
}

@UseGuards(UpbondGuard)
@Controller()
class OutboundController {
  constructor(
    @Inject(TokenService) private readonly tokens: TokenService,
    @Inject(UserinfoService) private readonly userinfo: UserinfoService,
  ) {}

  @Get('outbound')
  async outbound() {
    const token = await this.tokens.getAccessToken();
    return { about: decodeJwt(token).sub, userinfo: await this.userinfo.fetch() };
  }
}

describe.each(PLATFORMS)('an application under test on %s', (platform) => {
  const cleanUp = new CleanUp();
  let upbond: UpbondTesting;

  beforeEach(async () => {
    upbond = await createUpbondTesting();
  });
  afterEach(() => cleanUp.clean());

  const start = (application?: Parameters<typeof ApplicationUnderTest.start>[2], kit = upbond) =>
    cleanUp.closing(ApplicationUnderTest.start(platform, kit, application));

  async function expectBothPass(application: ApplicationUnderTest): Promise<void> {
    const ann = upbond.asUser({ sub: 'ann' });
    expect(await application.status('/me', ann.bearer())).toBe(200);
    expect(await application.status('/me', ann.session())).toBe(200);
    expect(await application.status('/me', {})).toBe(401);
  }

  it('may be configured by the environment', async () => {
    const variables = asVariables({ ...usualOptions(3000), accessTokenAudiences: API });
    const elsewhere = {
      UPBOND_DOMAIN: 'https://login.example.com',
      UPBOND_ISSUER: 'https://login.example.com/',
      UPBOND_JWKS_URI: 'https://login.example.com/keys',
    };
    await withEnvironment({ ...variables, ...elsewhere }, async () => {
      await expectBothPass(
        await start({
          imports: [
            ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true }),
            UpbondAuthModule.forRoot(),
          ],
        }),
      );
    });
  });

  it('may have nothing of what it needs: a test has no .env', async () => {
    await withEnvironment({}, async () => {
      const kit = await createUpbondTesting({ options: { accessTokenAudiences: [API] } });
      upbond = kit;
      await expectBothPass(await start({ imports: [UpbondAuthModule.forRoot()] }, kit));
    });
  });

  it('may name another authorization server in its code', async () => {
    await expectBothPass(
      await start(
        ordersModule({
          domain: 'https://login.example.com/tenant',
          endpoints: { jwksUri: 'https://login.example.com/keys' },
        }),
      ),
    );
  });

  it('may be configured by a factory', async () => {
    const application = await start({
      imports: [
        UpbondAuthModule.forRootAsync({
          useFactory: async () => ({ ...usualOptions(3000), accessTokenAudiences: [API] }),
        }),
      ],
    });
    await expectBothPass(application);
  });

  it.each(['none', 'private_key_jwt'] as const)(
    'may be a client without a secret: %s',
    async (clientAuthentication) => {
      const { clientSecret: _, ...usual } = usualOptions(3000);
      const options = { ...usual, clientAuthentication, accessTokenAudiences: [API] };
      await expectBothPass(await start({ imports: [UpbondAuthModule.forRoot(options)] }));
    },
  );

  it('may sign in without ID tokens', async () => {
    await expectBothPass(await start(ordersModule({ dangerouslyAllowOAuthOnly: true })));
  });

  it('may run over https, with cookies that say so', async () => {
    const application = await start(
      ordersModule({ redirectUri: 'https://app.example.com/auth/callback' }),
    );
    await expectBothPass(application);
    const session = await upbond.asUser({ sub: 'ann' }).session();
    expect(session.cookie).toMatch(/^__Host-upbond-/);
    expect(session.origin).toBe('https://app.example.com');
  });

  it('may have several instances', async () => {
    const named = { name: 'admin', clientId: 'admin-client', accessTokenAudiences: ['urn:admin'] };
    const application = await start({
      controllers: [TwoDoorsController],
      imports: [
        ...(ordersModule().imports ?? []),
        UpbondAuthModule.forRoot({
          ...usualOptions(3000),
          redirectUri: 'http://localhost:3000/auth/admin/callback',
          ...named,
        }),
      ],
    });
    const ann = upbond.asUser({ sub: 'ann' });
    const root = ann.forInstance('admin');
    for (const credentials of ['bearer', 'session'] as const) {
      expect(await application.status('/shop', ann[credentials]())).toBe(200);
      expect(await application.status('/admin', root[credentials]())).toBe(200);
      expect(await application.status('/shop', root[credentials]())).toBe(401);
      expect(await application.status('/admin', ann[credentials]())).toBe(401);
    }
    expect(await application.status('/admin', root.expired().bearer())).toBe(401);
    await expect(ann.forInstance('nobody').bearer()).rejects.toThrow(/name: 'nobody'/);
  });

  it('has its roles and permissions where it looks for them', async () => {
    const application = await start(
      ordersModule({
        rolesClaim: ['realm', 'access', 'roles'],
        permissionsClaim: ['realm', 'permissions'],
      }),
    );
    const ann = upbond.asUser({ sub: 'ann', roles: ['clerk'], permissions: ['orders:delete'] });
    for (const path of ['/role', '/permission']) {
      expect(await application.status(path, ann.bearer())).toBe(200);
      expect(await application.status(path, ann.session())).toBe(200);
    }
  });

  it('decides by its own hooks', async () => {
    const application = await start(
      ordersModule({
        onLogin: ({ sub }) => (sub === 'mallory' ? false : { sub, from: 'onLogin' }),
        loadUser: ({ user }) => ({ ...user, and: 'loadUser' }),
        loadTokenUser: ({ sub }) => (sub === 'mallory' ? null : { sub, from: 'loadTokenUser' }),
      }),
    );
    const ann = upbond.asUser({ sub: 'ann' });
    const mallory = upbond.asUser({ sub: 'mallory' });
    const bodyOf = async (headers: object) =>
      JSON.parse((await application.ask('/me', headers)).body);
    expect(await bodyOf(await ann.session())).toEqual({
      sub: 'ann',
      from: 'onLogin',
      and: 'loadUser',
    });
    expect(await bodyOf(await ann.bearer())).toEqual({ sub: 'ann', from: 'loadTokenUser' });
    await expect(mallory.session()).rejects.toMatchObject({ code: 'login_refused' });
    expect(await application.status('/me', mallory.bearer())).toBe(401);
  });

  it('signs a user of the kit out', async () => {
    const application = await start();
    const session = await upbond.asUser({ sub: 'ann' }).session();
    expect(await application.status('/me', session)).toBe(200);
    const out = await application.ask('/auth/logout', session, 'POST');
    expect(JSON.parse(out.body).logoutUrl).toMatch(/^https:\/\/login\.test\/v2\/logout\?/);
    expect(await application.status('/me', session)).toBe(401);
  });

  it('has an access token for other services, and learns who the user is', async () => {
    const application = await start({ ...ordersModule(), controllers: [OutboundController] });
    const ann = upbond.asUser({ sub: 'ann', claims: { email: 'ann@example.com' } });
    const session = await ann.session();
    for (const headers of [session, await ann.bearer()]) {
      const answer = await application.ask('/outbound', headers);
      expect(JSON.parse(answer.body)).toEqual({
        about: 'ann',
        userinfo: { sub: 'ann', email: 'ann@example.com' },
      });
    }
    upbond.clock.advance(2 * 3600);
    const late = await application.ask('/outbound', session);
    expect(codeOf(late)).toBe('refresh_token_missing');
  });

  it('that takes no bearer tokens is not given any', async () => {
    const application = await start(ordersModule({ accessTokenAudiences: [] }));
    const ann = upbond.asUser({ sub: 'ann' });
    await expect(ann.bearer()).rejects.toThrow(/takes no bearer tokens.*options: \{/);
    expect(await application.status('/me', ann.forAudience(API).bearer())).toBe(401);
    expect(await application.status('/me', ann.session())).toBe(200);
  });

  it('that takes other signatures says which', async () => {
    const rsaOnly = ordersModule({ accessTokenSigningAlgorithms: ['RS256'] });
    await start(rsaOnly);
    await expect(upbond.asUser({ sub: 'ann' }).bearer()).rejects.toThrow(
      /RS256.*algorithm: 'RS256'/,
    );
    upbond = await createUpbondTesting({ algorithm: 'RS256' });
    await expectBothPass(await start(rsaOnly));
  });

  it('with a wrong configuration says what is wrong', async () => {
    await expect(
      ApplicationUnderTest.start(platform, upbond, ordersModule({ leewaySeconds: 999 })),
    ).rejects.toThrow(/leewaySeconds/);
  });

  describe('and the network', () => {
    const asked: string[] = [];
    let server: Server;
    let url: string;

    beforeAll(async () => {
      server = createServer((request, response) => {
        asked.push(request.url ?? '');
        response.end();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      url = `http://localhost:${(server.address() as AddressInfo).port}`;
    });
    afterAll(() => server.close());

    it('asks nothing of the authorization server that it names', async () => {
      await expectBothPass(await start(ordersModule({ domain: url })));
      const kit = await createUpbondTesting({ issuer: url });
      upbond = kit;
      await expectBothPass(await start(ordersModule({ domain: url }), kit));
      expect(asked).toEqual([]);
    });

    it('is told what is not answered', async () => {
      const application = await start();
      const error = vi.spyOn(Logger.prototype, 'error').mockReturnValue();
      await cleanUp.closing({ close: async () => error.mockRestore() });
      const posted = await application.ask('/auth/login', {
        accept: 'text/html',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
      });
      const location = new URL(posted.headers.get('location') ?? '');
      expect(location.origin + location.pathname).toBe('https://login.test/authorize');
      const state = location.searchParams.get('state') ?? '';
      const cookie = posted.headers
        .getSetCookie()
        .map((one) => one.split(';', 1)[0])
        .join('; ');
      const callback = `/auth/callback?code=x&state=${state}&iss=${upbond.issuer}`;
      const answer = await application.ask(callback, { cookie });
      expect([answer.status, codeOf(answer)]).toEqual([503, 'temporarily_unavailable']);
      expect(error).toHaveBeenCalledExactlyOnceWith(
        expect.stringMatching(/^POST https:\/\/login\.test\/oauth\/token is not answered/),
      );
    });
  });
});

describe('a testing kit', () => {
  it('is made in less than a tenth of a second', async () => {
    const durations: number[] = [];
    for (let round = 0; round < 3; round++) {
      const start = performance.now();
      await createUpbondTesting();
      durations.push(performance.now() - start);
    }
    // The best of three: the machine has other things to do
    expect(Math.min(...durations)).toBeLessThan(100);
  });

  it('without an application says what is missing, and signs for others', async () => {
    const upbond = await createUpbondTesting({ issuer: 'https://me.test/' });
    const ann = upbond.asUser({ sub: 'ann' });
    await expect(ann.bearer()).rejects.toThrow(/compile one with override\(/);
    await expect(ann.session()).rejects.toThrow(/compile one with override\(/);
    expect(await ann.forAudience(API).accessToken()).toMatch(/^ey/);
    expect(upbond.jwks.keys).toEqual([
      expect.not.objectContaining({ d: expect.anything() as unknown }),
    ]);
  });

  it('serves the application that was compiled last', async () => {
    const upbond = await createUpbondTesting();
    const ann = upbond.asUser({ sub: 'ann' });
    const first = await ApplicationUnderTest.start('express', upbond);
    const other = ordersModule({ accessTokenAudiences: ['urn:second'] });
    const second = await ApplicationUnderTest.start('express', upbond, {
      ...other,
      controllers: [OrdersController],
    });
    expect(await second.status('/me', ann.bearer())).toBe(200);
    expect(await first.status('/me', ann.bearer())).toBe(401);
    expect(await first.status('/me', ann.forAudience(API).bearer())).toBe(200);
    await first.close();
    await second.close();
  });
});
