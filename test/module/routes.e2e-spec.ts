import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import {
  All,
  Controller,
  Get,
  Module,
  Next,
  Param,
  Post,
  RequestMethod,
  VersioningType,
  type INestApplication,
} from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { UpbondAuthModule, type UpbondAuthOptions } from 'nestjs-upbond-auth';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  PLATFORMS,
  usualOptions,
  type Platform,
  type RunningApplication,
} from '../support/application.js';
import { freePort } from '../support/ports.js';
import {
  boot,
  bootError,
  CleanUp,
  emulatorFor,
  MeController,
  SIGNED_IN,
  type Boot,
} from '../support/boot.js';
import { UserAgent, type Answer } from '../support/user-agent.js';

const cleanUp = new CleanUp();
afterEach(() => cleanUp.clean());

let port: number;
let url: string;

beforeEach(async () => {
  port = await freePort();
  url = `http://localhost:${port}`;
});

interface Setup extends Partial<Boot> {
  /** Path of the redirect URI. */
  readonly callback?: string;
  readonly options?: UpbondAuthOptions;
}

function bootOf(platform: Boot['platform'], domain: string, setup: Setup): Boot {
  const { callback = '/auth/callback', options, imports = [], controllers = [], ...rest } = setup;
  const auth = UpbondAuthModule.forRoot({
    ...usualOptions(port),
    redirectUri: url + callback,
    domain,
    ...options,
  });
  return {
    platform,
    port,
    imports: [auth, ...imports],
    controllers: [...controllers, MeController],
    ...rest,
  };
}

const NOWHERE = 'http://localhost:9';

function withPrefix(exclude: Parameters<INestApplication['setGlobalPrefix']>[1] = {}) {
  return (app: INestApplication) => void app.setGlobalPrefix('api', exclude);
}

function withVersions(options: Parameters<INestApplication['enableVersioning']>[0]) {
  return (app: INestApplication) => void app.enableVersioning(options);
}

/** Passes requests on without the first part of their path, as a reverse proxy in front would. */
async function startStrippingProxy(
  base: string,
  listenOn: number,
  target: number,
): Promise<Server> {
  const proxy = createServer((incoming, outgoing) => {
    if (!incoming.url?.startsWith(`${base}/`)) return outgoing.writeHead(404).end('not below base');
    const { method, headers } = incoming;
    const path = incoming.url.slice(base.length);
    const onward = request({
      port: target,
      host: '127.0.0.1',
      path,
      method,
      headers,
      agent: false,
    });
    onward.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    return incoming.pipe(onward);
  });
  await once(proxy.listen(listenOn, '127.0.0.1'), 'listening');
  return proxy;
}

/** The answer of the callback that the browser came by. */
function callbackOf({ history }: Answer): URL | undefined {
  return history.map((visited) => new URL(visited)).find((each) => each.searchParams.has('code'));
}

/** How a platform spells a route for everything. */
function anythingOn(platform: Platform): string {
  return { express: '*splat', fastify: '*' }[platform];
}

/** What the tests of one platform do. */
function harness(platform: Platform) {
  async function start(setup: Setup): Promise<RunningApplication> {
    const redirectUri = setup.options?.redirectUri ?? url + (setup.callback ?? '/auth/callback');
    const emulator = await cleanUp.closing(emulatorFor({ redirectUris: [redirectUri] }));
    return cleanUp.closing(boot(bootOf(platform, emulator.url, setup)));
  }

  /** Signs in for a page, and checks where the callback was. */
  async function expectLogin(setup: Setup, page = '/me'): Promise<void> {
    await start(setup);
    const answer = await new UserAgent().navigate(url + page);
    expect(answer.body).toBe(SIGNED_IN);
    expect(callbackOf(answer)?.pathname).toBe(setup.callback ?? '/auth/callback');
  }

  /** The error of a boot that never needs an authorization server. */
  function refusal(setup: Setup): Promise<Error> {
    return bootError(bootOf(platform, NOWHERE, setup));
  }

  return { start, expectLogin, refusal };
}

describe.each(PLATFORMS)('the routes on %s', (platform) => {
  const { start, expectLogin, refusal } = harness(platform);

  describe('serve the callback at the path of the redirect URI', () => {
    it.each(['/auth/callback', '/cb', '/login/upbond/v3/return.to_me~here'])('%s', (callback) =>
      expectLogin({ callback }),
    );

    it('below a global prefix', () =>
      expectLogin({ callback: '/api/auth/callback', configure: withPrefix() }, '/api/me'));

    it('below a global prefix that is written with slashes', () => {
      const configure = (app: INestApplication) => void app.setGlobalPrefix('/api/v3/');
      return expectLogin({ callback: '/api/v3/auth/callback', configure }, '/api/v3/me');
    });

    it.each([
      ['as text', ['auth/callback']],
      ['as path and method', [{ path: 'auth/callback', method: RequestMethod.GET }]],
      ['as a pattern', [{ path: 'auth/:step', method: RequestMethod.ALL }]],
    ])('outside of a global prefix that excludes it %s', (_title, exclude) =>
      expectLogin({ configure: withPrefix({ exclude }) }, '/api/me'),
    );

    it('below the prefix when the exclusion is for another method', () => {
      const exclude = [{ path: 'auth/callback', method: RequestMethod.POST }];
      return expectLogin(
        { callback: '/api/auth/callback', configure: withPrefix({ exclude }) },
        '/api/me',
      );
    });

    it('with URI versioning and a default version', () => {
      const configure = withVersions({ type: VersioningType.URI, defaultVersion: '1' });
      return expectLogin({ configure }, '/v1/me');
    });

    it('with URI versioning below a global prefix', () => {
      const configure = (app: INestApplication) => {
        withPrefix()(app);
        withVersions({ type: VersioningType.URI, defaultVersion: ['1', '2'] })(app);
      };
      return expectLogin({ callback: '/api/auth/callback', configure }, '/api/v2/me');
    });

    it('with header versioning and a default version, for browsers that send no version', async () => {
      const type = VersioningType.HEADER;
      const configure = withVersions({ type, header: 'x-api-version', defaultVersion: '1' });
      await start({ configure });
      const agent = new UserAgent();
      const page = await agent.visit(`${url}/me`, { 'x-api-version': '1' });
      expect(page.headers.get('location')).toBe('/auth/login?returnTo=%2Fme');
      const answer = await agent.navigate(`${url}/auth/login`);
      expect(callbackOf(answer)?.pathname).toBe('/auth/callback');
      expect((await agent.visit(`${url}/me`, { 'x-api-version': '1' })).body).toBe(SIGNED_IN);
    });

    it('with a query of its own in the redirect URI', async () => {
      await start({ callback: '/auth/callback?tenant=7' });
      const answer = await new UserAgent().navigate(`${url}/me`);
      expect(answer.body).toBe(SIGNED_IN);
      expect(callbackOf(answer)?.searchParams.get('tenant')).toBe('7');
    });

    it('in an application that is only initialised and listens by itself', async () => {
      const { app } = await start({ port: undefined });
      const adapter = app.getHttpAdapter();
      if (platform === 'fastify') await (adapter.getInstance() as FastifyInstance).ready();
      const server = adapter.getHttpServer() as Server;
      await once(server.listen(port, '127.0.0.1'), 'listening');
      expect((await new UserAgent().navigate(`${url}/me`)).body).toBe(SIGNED_IN);
    });
  });

  describe('stop the boot when the callback cannot be served', () => {
    it('because the redirect URI is outside of the global prefix', async () => {
      const error = await refusal({ configure: withPrefix() });
      expect(error.name).toBe('UpbondConfigError');
      expect(error.message).toMatchInlineSnapshot(`
        "UpbondAuthModule cannot start: 1 problem in its configuration.
          1. UPBOND_REDIRECT_URI (option redirectUri): the callback cannot be served at /auth/callback, because setGlobalPrefix('api') puts every route below /api.
             Fix: register and configure a redirect URI with the path /api/auth/callback, or exclude the callback: setGlobalPrefix('api', { exclude: ['auth/callback'] })."
      `);
    });

    it('because the redirect URI only starts like the global prefix', async () => {
      const error = await refusal({ callback: '/apifoo/callback', configure: withPrefix() });
      expect(error.message).toContain('the callback cannot be served at /apifoo/callback');
    });

    it('because the path below the prefix is excluded from the prefix', async () => {
      const configure = withPrefix({ exclude: ['auth/callback'] });
      const error = await refusal({ callback: '/api/auth/callback', configure });
      expect(error.message).toContain('the callback cannot be served at /api/auth/callback');
    });

    it.each(['login', 'logout'] as const)(
      'because below the prefix it is the path of the %s route',
      async (route) => {
        const options = { routes: { [route]: '/cb' } };
        const error = await refusal({ callback: '/api/cb', options, configure: withPrefix() });
        expect(error.name).toBe('UpbondConfigError');
        expect(error.message).toContain(`the path of the ${route} route`);
      },
    );

    it('and when the default page is a route of the login below the prefix', async () => {
      const options = { defaultReturnTo: '/api/auth/login?again' };
      const setup = { callback: '/api/auth/callback', options, configure: withPrefix() };
      const error = await refusal(setup);
      expect(error.message).toContain('defaultReturnTo');
      expect(error.message).toContain('signing in would never end');
    });

    it('because RouterModule moves UpbondAuthModule', async () => {
      const imports = [RouterModule.register([{ path: 'members', module: UpbondAuthModule }])];
      const error = await refusal({ imports });
      expect(error.name).toBe('UpbondConfigError');
      expect(error.message).toMatchInlineSnapshot(`
        "UpbondAuthModule cannot start: 1 problem in its configuration.
          1. option redirectUri: RouterModule puts UpbondAuthModule below /members, so the callback cannot be served at the path of the redirect URI.
             Fix: take UpbondAuthModule out of RouterModule.register() and set its paths with redirectUri and routes."
      `);
    });

    it('because another controller has the very same path', async () => {
      @Controller('auth')
      class OldLoginController {
        @Get('callback')
        callback(): string {
          return 'an older login';
        }
      }
      const error = await refusal({ controllers: [OldLoginController] });
      expect(error.name).toBe('UpbondConfigError');
      expect(error.message).toContain('OldLoginController.callback');
    });
  });

  it('leave RouterModule free to move other modules', async () => {
    @Module({ controllers: [MeController] })
    class MembersModule {}
    const imports = [
      MembersModule,
      RouterModule.register([{ path: 'members', module: MembersModule }]),
    ];
    await expectLogin({ imports, controllers: [] }, '/members/me');
  });

  it('are served beside a catch-all route of another host', () => {
    @Controller({ host: 'pages.example.com' })
    class HostController {
      @Get(anythingOn(platform))
      everything(): string {
        return 'everything';
      }
    }
    return expectLogin({ controllers: [HostController] });
  });

  describe('of login and logout', () => {
    it('are where the options put them', async () => {
      const options = { routes: { login: '/enter', logout: '/leave/now' } };
      await start({ options });
      const agent = new UserAgent();
      const page = await agent.visit(`${url}/me`);
      expect(page.headers.get('location')).toBe('/enter?returnTo=%2Fme');
      const signedIn = await agent.follow(page);
      expect(signedIn.body).toBe(SIGNED_IN);
      expect((await agent.visit(`${url}/auth/login`)).status).toBe(404);
      expect((await agent.submit(signedIn, '/leave/now')).status).toBe(200);
      expect((await agent.request(`${url}/me`)).status).toBe(401);
    });

    it('follow the global prefix, in the redirect of the guard too', async () => {
      await start({ callback: '/api/auth/callback', configure: withPrefix() });
      const agent = new UserAgent();
      const page = await agent.visit(`${url}/api/me`);
      expect(page.headers.get('location')).toBe('/api/auth/login?returnTo=%2Fapi%2Fme');
      const signedIn = await agent.follow(page);
      expect((await agent.visit(`${url}/auth/login`)).status).toBe(404);
      expect((await agent.submit(signedIn, '/api/auth/logout')).status).toBe(200);
      expect((await agent.request(`${url}/api/me`)).status).toBe(401);
    });

    it('stay outside of a global prefix that excludes them', async () => {
      const exclude = ['auth/login', { path: 'auth/logout', method: RequestMethod.POST }];
      await start({ callback: '/api/auth/callback', configure: withPrefix({ exclude }) });
      const agent = new UserAgent();
      const page = await agent.visit(`${url}/api/me`);
      expect(page.headers.get('location')).toBe('/auth/login?returnTo=%2Fapi%2Fme');
      const signedIn = await agent.follow(page);
      expect(signedIn.body).toBe(SIGNED_IN);
      expect((await agent.submit(signedIn, '/auth/logout')).status).toBe(200);
    });
  });

  describe('behind a proxy that strips a base path', () => {
    let front: number;

    async function startBehindProxy(setup: Setup & { readonly at?: string } = {}): Promise<string> {
      const { at = '/app/auth/callback', ...rest } = setup;
      front = await freePort();
      const origin = `http://localhost:${front}`;
      const redirectUri = origin + at;
      await start({ ...rest, options: { redirectUri, publicBasePath: '/app' } });
      const proxy = await startStrippingProxy('/app', front, port);
      await cleanUp.closing({ close: async () => proxy.close() });
      return origin;
    }

    it('come back to the deep link below the base path', async () => {
      const origin = await startBehindProxy();
      const answer = await new UserAgent().navigate(`${origin}/app/me?tab=2&q=%C3%A9`);
      expect(answer.body).toBe(SIGNED_IN);
      expect(answer.url).toBe(`${origin}/app/me?tab=2&q=%C3%A9`);
      expect(callbackOf(answer)?.pathname).toBe('/app/auth/callback');
      expect(answer.history[1]).toContain(`${origin}/app/auth/login?returnTo=`);
    });

    it('go to the start page below the base path when nothing was asked for', async () => {
      const origin = await startBehindProxy();
      const agent = new UserAgent();
      const answer = await agent.navigate(`${origin}/app/auth/login`);
      expect(answer.url).toBe(`${origin}/app/`);
      expect((await agent.visit(`${origin}/app/me`)).body).toBe(SIGNED_IN);
    });

    it('work together with a global prefix', async () => {
      const configure = withPrefix();
      const origin = await startBehindProxy({ at: '/app/api/auth/callback', configure });
      const answer = await new UserAgent().navigate(`${origin}/app/api/me`);
      expect(answer.body).toBe(SIGNED_IN);
      expect(answer.url).toBe(`${origin}/app/api/me`);
    });

    it('name the base path when the redirect URI is outside of the global prefix', async () => {
      const options = { publicBasePath: '/app' };
      const setup = { callback: '/app/auth/callback', options, configure: withPrefix() };
      const error = await refusal(setup);
      expect(error.message).toContain('a redirect URI with the path /app/api/auth/callback');
    });

    it('stop the boot when the redirect URI is not below the base path', async () => {
      const error = await refusal({ options: { publicBasePath: '/app' } });
      expect(error.message).toContain('which is not below publicBasePath (/app)');
    });
  });
});

describe('the routes on express, whose router takes the first route that matches', () => {
  const { expectLogin, refusal } = harness('express');

  it('serve a callback that ends in a slash, which the router ignores', () =>
    expectLogin({ callback: '/auth/callback/' }));

  describe('beside a catch-all route of the application', () => {
    @Controller()
    class PageController {
      @Get('*splat')
      everything(): string {
        return 'the single page';
      }
    }

    @Module({ controllers: [PageController] })
    class PageModule {}

    const HINT = "pass routeResolutionStrategy: 'specificity' to NestFactory.create()";

    it('stop the boot when it is registered before them', async () => {
      const error = await refusal({ controllers: [PageController] });
      expect(error.name).toBe('UpbondConfigError');
      expect(error.message).toMatchInlineSnapshot(`
        "UpbondAuthModule cannot start: 2 problems in its configuration.
          1. UPBOND_LOGIN_PATH (option routes.login): the login route cannot be served at /auth/login: PageController.everything takes the requests for /*splat, which is registered before it.
             Fix: pass routeResolutionStrategy: 'specificity' to NestFactory.create(), or move PageController to a module that is imported after UpbondAuthModule.
          2. UPBOND_REDIRECT_URI (option redirectUri): the callback route cannot be served at /auth/callback: PageController.everything takes the requests for /*splat, which is registered before it.
             Fix: pass routeResolutionStrategy: 'specificity' to NestFactory.create(), or move PageController to a module that is imported after UpbondAuthModule."
      `);
    });

    it.each(['auth/:step', '{*splat}', 'auth/callback{/:more}'])(
      'stop the boot for the pattern %s',
      async (pattern) => {
        @Controller()
        class PatternController {
          @All(pattern)
          everything(): string {
            return 'everything';
          }
        }
        const error = await refusal({ controllers: [PatternController] });
        expect(error.message).toContain('the callback route cannot be served at /auth/callback');
        expect(error.message).toContain(HINT);
      },
    );

    it('stop the boot when one takes only the requests of the logout', async () => {
      @Controller()
      class FormController {
        @Post('auth/logout')
        everything(): string {
          return 'everything';
        }
      }
      const { message } = await refusal({ controllers: [FormController] });
      expect(message).toContain('1 problem');
      expect(message).toContain('the logout route cannot be served at /auth/logout');
    });

    it('stop the boot when it is below the same global prefix and version', async () => {
      const configure = (app: INestApplication) => {
        withPrefix()(app);
        withVersions({ type: VersioningType.URI, defaultVersion: '1' })(app);
      };
      const setup = { controllers: [PageController], configure };
      const error = await refusal({ ...setup, callback: '/api/v1/callback' });
      expect(error.message).toContain('PageController.everything');
    });

    it('are served when it is below another version', () => {
      @Controller({ path: 'pages', version: '1' })
      class VersionedController {
        @Get('{*splat}')
        everything(): string {
          return 'everything';
        }
      }
      const configure = withVersions({ type: VersioningType.URI });
      const setup = { callback: '/pages/callback', controllers: [VersionedController] };
      return expectLogin({ ...setup, configure });
    });

    it('are served when Nest orders routes by how specific they are', () =>
      expectLogin({
        controllers: [PageController],
        nest: { routeResolutionStrategy: 'specificity' },
      }));

    it('are served when it is registered after them', () => expectLogin({ imports: [PageModule] }));

    it('are served when its handler hands on what is not its own', () => {
      @Controller()
      class PoliteController {
        @Get('*splat')
        everything(@Param('splat') _path: string[], @Next() next: () => void): void {
          next();
        }
      }
      return expectLogin({ controllers: [PoliteController] });
    });
  });
});

describe('the routes on fastify, whose router prefers the most specific route', () => {
  const { expectLogin, refusal } = harness('fastify');
  const callback = '/auth/callback/';

  it('stop the boot for a callback that ends in a slash, which the router does not ignore', async () => {
    const error = await refusal({ callback });
    expect(error.name).toBe('UpbondConfigError');
    expect(error.message).toMatchInlineSnapshot(`
      "UpbondAuthModule cannot start: 1 problem in its configuration.
        1. UPBOND_REDIRECT_URI (option redirectUri): the callback cannot be served at /auth/callback/, because the router of this application never serves a path that ends in a slash.
           Fix: register and configure a redirect URI with the path /auth/callback, or let the router ignore the slash: new FastifyAdapter({ routerOptions: { ignoreTrailingSlash: true } })."
    `);
  });

  it('serve a callback that ends in a slash when the router is told to ignore the slash', () =>
    expectLogin({ callback, fastify: { routerOptions: { ignoreTrailingSlash: true } } }));

  it('are served beside a catch-all route that is registered before them', () => {
    @Controller()
    class PageController {
      @Get('*')
      everything(): string {
        return 'the single page';
      }
    }
    return expectLogin({ controllers: [PageController] });
  });
});
