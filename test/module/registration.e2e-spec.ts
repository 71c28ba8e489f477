import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { APP_GUARD, ModulesContainer } from '@nestjs/core';
import {
  CurrentUser,
  Public,
  UpbondAuthModule,
  UpbondGuard,
  type UpbondAuthOptions,
  type UpbondAuthOptionsFactory,
} from 'nestjs-upbond-auth';
import passport from 'passport';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PLATFORMS, usualOptions } from '../support/application.js';
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
  type Boot,
} from '../support/boot.js';
import { UserAgent } from '../support/user-agent.js';

const cleanUp = new CleanUp();
afterEach(() => cleanUp.clean());

/** The options of the test in progress, for classes that have to exist before it. */
let options: UpbondAuthOptions;
let port: number;

@Injectable()
class OptionsFactory implements UpbondAuthOptionsFactory {
  createUpbondAuthOptions(): UpbondAuthOptions {
    return options;
  }
}

@Module({ providers: [OptionsFactory], exports: [OptionsFactory] })
class OptionsModule {}

@Module({ controllers: [MeController] })
class FeatureModule {}

@Controller()
class HomeController {
  @Public()
  @Get()
  home(@CurrentUser('email') email: string | undefined): string {
    return `home of ${email ?? 'nobody'}`;
  }

  @Get('inside')
  inside(): string {
    return 'inside';
  }
}

beforeEach(async () => {
  port = await freePort();
  const { redirectUri } = usualOptions(port);
  const emulator = await cleanUp.closing(emulatorFor({ redirectUris: [redirectUri!] }));
  options = { ...usualOptions(port), domain: emulator.url };
});

describe.each(PLATFORMS)('UpbondAuthModule on %s', (platform) => {
  /** Boots with these imports, visits the guarded page and says what it shows in the end. */
  async function signInWith(imports: NonNullable<Boot['imports']>): Promise<string> {
    const setup = { platform, port, imports, controllers: [MeController] };
    const { url } = await cleanUp.closing(boot(setup));
    return (await new UserAgent().navigate(`${url}/me`)).body;
  }

  describe('takes its configuration', () => {
    it('from the options of forRoot', async () => {
      await withEnvironment({}, async () => {
        expect(await signInWith([UpbondAuthModule.forRoot(options)])).toBe(SIGNED_IN);
      });
    });

    it.each([
      ['a global ConfigModule', () => [ConfigModule.forRoot({ isGlobal: true, cache: false })]],
      ['a ConfigModule that is not global', () => [ConfigModule.forRoot()]],
      ['no ConfigModule at all', () => []],
    ])('from the environment alone, with %s', async (_title, configModule) => {
      await withEnvironment(asVariables({ ...options }), async () => {
        const imports = [...configModule(), UpbondAuthModule.forRoot()];
        expect(await signInWith(imports)).toBe(SIGNED_IN);
      });
    });

    it('from options rather than from the environment', async () => {
      const wrong = { ...options, clientId: 'another-client', clientSecret: 'another-secret' };
      const { clientId, clientSecret } = options;
      await withEnvironment(asVariables(wrong), async () => {
        expect(await signInWith([UpbondAuthModule.forRoot()])).not.toBe(SIGNED_IN);
      });
      await cleanUp.clean();
      const { redirectUri } = usualOptions(port);
      const emulator = await cleanUp.closing(emulatorFor({ redirectUris: [redirectUri!] }));
      const variables = asVariables({ ...wrong, domain: emulator.url });
      await withEnvironment(variables, async () => {
        const imports = [UpbondAuthModule.forRoot({ clientId, clientSecret })];
        expect(await signInWith(imports)).toBe(SIGNED_IN);
      });
    });

    it.each([
      ['that is global', true, ['config', 'auth']],
      ['that is not global', false, ['config', 'auth']],
      ['that is imported after it', true, ['auth', 'config']],
    ] as const)('from the .env file of a ConfigModule %s', async (_title, isGlobal, order) => {
      const directory = await mkdtemp(join(tmpdir(), 'upbond-'));
      const envFilePath = join(directory, 'login.env');
      const lines = Object.entries(asVariables({ ...options })).map((pair) => pair.join('='));
      await writeFile(envFilePath, lines.join('\n'));
      try {
        await withEnvironment({}, async () => {
          const modules = {
            config: ConfigModule.forRoot({ isGlobal, envFilePath }),
            auth: UpbondAuthModule.forRoot(),
          };
          expect(await signInWith(order.map((name) => modules[name]))).toBe(SIGNED_IN);
        });
      } finally {
        await rm(directory, { recursive: true });
      }
    });

    it('without reading the .env file of the working directory by itself', async () => {
      const directory = await mkdtemp(join(tmpdir(), 'upbond-'));
      const lines = Object.entries(asVariables({ ...options })).map((pair) => pair.join('='));
      await writeFile(join(directory, '.env'), lines.join('\n'));
      const before = process.cwd();
      process.chdir(directory);
      try {
        await withEnvironment({}, async () => {
          const error = await bootError({ platform, imports: [UpbondAuthModule.forRoot()] });
          expect(error.message).toContain('UPBOND_CLIENT_ID (option clientId): is not set.');
          expect(error.message).toContain('ConfigModule.forRoot({ isGlobal: true })');
          expect(await signInWith([ConfigModule.forRoot(), UpbondAuthModule.forRoot()])).toBe(
            SIGNED_IN,
          );
        });
      } finally {
        process.chdir(before);
        await rm(directory, { recursive: true });
      }
    });

    it('from a configuration that ConfigModule loads in code', async () => {
      const load = [() => asVariables({ ...options })];
      await withEnvironment({}, async () => {
        const configModule = ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, load });
        expect(await signInWith([configModule, UpbondAuthModule.forRoot()])).toBe(SIGNED_IN);
      });
    });

    it('from useFactory with imports and inject', async () => {
      const load = [() => ({ login: options })];
      const module = UpbondAuthModule.forRootAsync({
        imports: [ConfigModule.forRoot({ load })],
        inject: [ConfigService],
        useFactory: (config: ConfigService) => config.getOrThrow<UpbondAuthOptions>('login'),
      });
      await withEnvironment({}, async () => expect(await signInWith([module])).toBe(SIGNED_IN));
    });

    it('from useFactory and the environment together', async () => {
      const { clientId, ...rest } = options;
      const module = UpbondAuthModule.forRootAsync({ useFactory: async () => ({ clientId }) });
      await withEnvironment(asVariables(rest), async () => {
        expect(await signInWith([module])).toBe(SIGNED_IN);
      });
    });

    it('from useClass', async () => {
      const module = UpbondAuthModule.forRootAsync({ useClass: OptionsFactory });
      await withEnvironment({}, async () => expect(await signInWith([module])).toBe(SIGNED_IN));
    });

    it('from useExisting', async () => {
      const existing = { imports: [OptionsModule], useExisting: OptionsFactory };
      const module = UpbondAuthModule.forRootAsync(existing);
      await withEnvironment({}, async () => expect(await signInWith([module])).toBe(SIGNED_IN));
    });
  });

  describe('makes UpbondGuard work', () => {
    async function signIn(setup: Partial<Boot>, path = '/me') {
      const { url } = await cleanUp.closing(boot({ platform, port, ...setup }));
      return (await new UserAgent().navigate(`${url}${path}`)).body;
    }

    it('in a feature module that imports nothing', async () => {
      const imports = [FeatureModule, UpbondAuthModule.forRoot(options)];
      expect(await signIn({ imports })).toBe(SIGNED_IN);
    });

    it('in a feature module that imports the same dynamic module, with isGlobal: false', async () => {
      const auth = UpbondAuthModule.forRoot({ ...options, isGlobal: false });
      @Module({ imports: [auth], controllers: [MeController] })
      class GuardedModule {}
      expect(await signIn({ imports: [auth, GuardedModule] })).toBe(SIGNED_IN);
    });

    it('the same way with forRootAsync and isGlobal: false', async () => {
      const useFactory = () => options;
      const auth = UpbondAuthModule.forRootAsync({ isGlobal: false, useFactory });
      @Module({ imports: [auth], controllers: [MeController] })
      class GuardedModule {}
      expect(await signIn({ imports: [GuardedModule] })).toBe(SIGNED_IN);
      const failed = await bootError({ platform, imports: [auth, FeatureModule] });
      expect(failed.message).toContain('UpbondAuthModule.forRoot()');
    });

    it('nowhere else with isGlobal: false, and Nest names the missing import', async () => {
      const auth = UpbondAuthModule.forRoot({ ...options, isGlobal: false });
      const error = await bootError({ platform, imports: [auth, FeatureModule] });
      expect(error.message).toContain('UpbondAuthModule.forRoot()');
      expect(error.message).toContain('FeatureModule');
    });

    it('in a feature module that needlessly imports the bare UpbondAuthModule', async () => {
      @Module({ imports: [UpbondAuthModule], controllers: [MeController] })
      class RedundantModule {}
      const imports = [RedundantModule, UpbondAuthModule.forRoot(options)];
      expect(await signIn({ imports })).toBe(SIGNED_IN);
    });

    it('as APP_GUARD, with Public as the exception', async () => {
      const guard = { provide: APP_GUARD, useClass: UpbondGuard };
      const imports = [UpbondAuthModule.forRoot(options)];
      const setup = { platform, port, imports, controllers: [HomeController], providers: [guard] };
      const { url } = await cleanUp.closing(boot(setup));
      const agent = new UserAgent();
      expect((await agent.visit(`${url}/`)).body).toBe('home of nobody');
      expect((await agent.request(`${url}/inside`)).status).toBe(401);
      expect((await agent.navigate(`${url}/inside`)).body).toBe('inside');
      expect((await agent.visit(`${url}/`)).body).toBe('home of hanako@example.com');
    });

    it('as APP_GUARD with useExisting', async () => {
      const providers = [{ provide: APP_GUARD, useExisting: UpbondGuard }];
      const imports = [UpbondAuthModule.forRoot(options)];
      const setup = { imports, providers, controllers: [HomeController] };
      expect(await signIn(setup, '/inside')).toBe('inside');
    });

    it('as a global guard that is taken from the application', async () => {
      const imports = [UpbondAuthModule.forRoot(options)];
      const setup = { platform, port, imports, controllers: [HomeController] };
      const { url, app } = await cleanUp.closing(
        boot({
          ...setup,
          configure: (created) => void created.useGlobalGuards(created.get(UpbondGuard)),
        }),
      );
      expect(app.get(UpbondGuard)).toBeInstanceOf(UpbondGuard);
      const agent = new UserAgent();
      expect((await agent.request(`${url}/inside`)).status).toBe(401);
      expect((await agent.navigate(`${url}/inside`)).body).toBe('inside');
    });
  });

  describe('is registered once', () => {
    it('and a bare UpbondAuthModule without any forRoot registers nothing', async () => {
      @Module({ imports: [UpbondAuthModule], controllers: [HomeController] })
      class PublicModule {}
      await withEnvironment({}, async () => {
        const setup = { platform, port, imports: [PublicModule] };
        const { url } = await cleanUp.closing(boot(setup));
        const agent = new UserAgent();
        expect((await agent.visit(`${url}/`)).body).toBe('home of nobody');
        expect((await agent.visit(`${url}/auth/login`)).status).toBe(404);
        expect((await agent.visit(`${url}/login`)).status).toBe(404);
        expect((await agent.visit(`${url}/callback`)).status).toBe(404);
      });
    });

    it('and a guard with nothing but the bare UpbondAuthModule stops the boot helpfully', async () => {
      @Module({ imports: [UpbondAuthModule], controllers: [MeController] })
      class GuardedModule {}
      const error = await bootError({ platform, imports: [GuardedModule] });
      expect(error.message).toContain('UpbondAuthModule.forRoot()');
    });

    it('and a second unnamed forRoot stops the boot with an explanation', async () => {
      @Module({ imports: [UpbondAuthModule.forRoot(options)] })
      class SecondModule {}
      const imports = [UpbondAuthModule.forRoot(options), SecondModule];
      const error = await bootError({ platform, imports });
      expect(error.message).toMatchInlineSnapshot(
        `"UpbondAuthModule.forRoot() is imported twice. Import it once, in the root module: it is global, so UpbondGuard works in every module without importing it again. For a second client give the other one a name: UpbondAuthModule.forRoot({ name: "admin" })."`,
      );
    });

    it('and a second unnamed forRootAsync is refused the same way', async () => {
      const second = UpbondAuthModule.forRootAsync({ useFactory: () => options });
      const imports = [UpbondAuthModule.forRoot(options), second];
      const error = await bootError({ platform, imports });
      expect(error.message).toContain('UpbondAuthModule.forRoot() is imported twice');
    });

    it('and the same dynamic module imported in two places is one instance', async () => {
      const auth = UpbondAuthModule.forRoot(options);
      @Module({ imports: [auth], controllers: [MeController] })
      class GuardedModule {}
      const setup = { platform, port, imports: [auth, GuardedModule] };
      const { url, app } = await cleanUp.closing(boot(setup));
      const modules = [...app.get(ModulesContainer).values()];
      expect(modules.filter(({ metatype }) => metatype === UpbondAuthModule)).toHaveLength(1);
      expect((await new UserAgent().navigate(`${url}/me`)).body).toBe(SIGNED_IN);
    });
  });

  describe('keeps to its own application', () => {
    it('so that two applications with different clients in one process both work', async () => {
      const ports = [await freePort(), await freePort()];
      const clientIds = ['first-client', 'second-client'];
      const emulators = await Promise.all(
        ports.map((each, index) =>
          cleanUp.closing(
            emulatorFor({
              clientId: clientIds[index]!,
              redirectUris: [usualOptions(each).redirectUri!],
            }),
          ),
        ),
      );
      const urls: string[] = [];
      for (const [index, each] of ports.entries()) {
        const own = { clientId: clientIds[index]!, domain: emulators[index]!.url };
        const imports = [UpbondAuthModule.forRoot({ ...usualOptions(each), ...own })];
        const setup = { platform, port: each, imports, controllers: [MeController] };
        urls.push((await cleanUp.closing(boot(setup))).url);
      }
      const agent = new UserAgent();
      const answers = await Promise.all(urls.map((url) => agent.navigate(`${url}/me`)));
      expect(answers.map(({ body }) => body)).toEqual([SIGNED_IN, SIGNED_IN]);
      for (const [index, { history }] of answers.entries()) {
        const authorize = history
          .map((url) => new URL(url))
          .find((url) => url.pathname === '/authorize');
        expect(authorize?.searchParams.get('client_id')).toBe(clientIds[index]);
        expect(authorize?.origin).toBe(emulators[index]!.url);
      }
      expect((await agent.visit(`${urls[0]}/me`)).body).toBe(SIGNED_IN);
    });

    it('and leaves the process-wide registry of passport alone', async () => {
      const registry = passport as unknown as { _strategy(name: string): unknown };
      expect(registry._strategy('session')).toBeDefined();
      expect(await signInWith([UpbondAuthModule.forRoot(options)])).toBe(SIGNED_IN);
      expect(registry._strategy('upbond')).toBeUndefined();
      expect(registry._strategy('oauth2')).toBeUndefined();
    });

    it('and closing it closes its connections to the authorization server', async () => {
      const { domain } = options;
      const sockets: Socket[] = [];
      const front = createServer((incoming, outgoing) => forward(incoming, outgoing, domain!));
      front.keepAliveTimeout = 60_000;
      front.on('connection', (socket) => sockets.push(socket));
      front.listen(0, '127.0.0.1');
      await once(front, 'listening');
      await cleanUp.closing({ close: async () => front.close() });
      const seen = `http://localhost:${(front.address() as AddressInfo).port}`;
      const endpoints = { tokenEndpoint: `${seen}/oauth/token` };
      const imports = [UpbondAuthModule.forRoot({ ...options, endpoints })];
      const running = await boot({ platform, port, imports, controllers: [MeController] });
      expect((await new UserAgent().navigate(`${running.url}/me`)).body).toBe(SIGNED_IN);
      expect(sockets.map(({ destroyed }) => destroyed)).toEqual([false]);
      const closed = once(sockets[0]!, 'close');
      const start = performance.now();
      await running.close();
      await closed;
      // An idle connection would otherwise live for another four seconds
      expect(performance.now() - start).toBeLessThan(2000);
    });
  });
});

/** Hands a request on to the authorization server and its answer back. */
function forward(incoming: IncomingMessage, outgoing: ServerResponse, origin: string): void {
  const { method, headers, url } = incoming;
  const onward = request(new URL(url ?? '/', origin), { method, headers, agent: false });
  onward.on('response', (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, {
      'content-type': answer.headers['content-type'],
    });
    answer.pipe(outgoing);
  });
  incoming.pipe(onward);
}
