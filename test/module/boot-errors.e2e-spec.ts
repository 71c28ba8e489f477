import { Controller, Get } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import {
  Public,
  UpbondAuthModule,
  UpbondConfigError,
  type UpbondAuthOptions,
} from 'nestjs-upbond-auth';
import { startUpbondEmulator } from 'upbond-emulator';
import { afterEach, describe, expect, it } from 'vitest';
import { CLIENT_ID, CLIENT_SECRET, PLATFORMS, usualOptions } from '../support/application.js';
import { freePort } from '../support/ports.js';
import {
  boot,
  bootError,
  CleanUp,
  MeController,
  SIGNED_IN,
  withEnvironment,
  type Boot,
} from '../support/boot.js';
import { UserAgent } from '../support/user-agent.js';

const cleanUp = new CleanUp();
afterEach(() => cleanUp.clean());

const WRONG = {
  clientId: 'app-1',
  redirectUri: 'http://shop.example.com/auth/callback',
  sessionSecret: 'change-me',
  scope: 'openid,profile',
  leewaySeconds: 999,
} satisfies UpbondAuthOptions;

@Controller('public')
class PublicController {
  @Public()
  @Get()
  page(): string {
    return 'open to everybody';
  }
}

describe.each(PLATFORMS)('the boot on %s', (platform) => {
  async function refusal(
    imports: NonNullable<Boot['imports']>,
    variables: Record<string, string> = {},
  ): Promise<UpbondConfigError> {
    const error = await withEnvironment(variables, () => bootError({ platform, imports }));
    expect(error).toBeInstanceOf(UpbondConfigError);
    return error as UpbondConfigError;
  }

  it('stops with one message that lists everything that is wrong', async () => {
    const error = await refusal([UpbondAuthModule.forRoot(WRONG)], {
      UPBOND_DOMAIN: 'https://{yourDomain}',
      UPBOND_SESSION_LIFETIME_SECONDS: 'a week',
    });
    expect(error.message).toMatchInlineSnapshot(`
      "UpbondAuthModule cannot start: 7 problems in its configuration.
        1. UPBOND_CLIENT_SECRET (option clientSecret): is not set.
           Fix: set it to the secret that UPBOND issued with the client id. Only if the application is registered as a public client, set UPBOND_CLIENT_AUTHENTICATION (option clientAuthentication) to none instead.
        2. option redirectUri (variable UPBOND_REDIRECT_URI): uses http for shop.example.com, which is not this machine: codes and cookies could be read on the way.
           Fix: use https. Only on a network that you trust, set UPBOND_ALLOW_INSECURE_HTTP (option allowInsecureHttp) to true.
        3. option sessionSecret (variable UPBOND_SESSION_SECRET): looks like a placeholder.
           Fix: replace it with the output of: openssl rand -base64 48
        4. UPBOND_DOMAIN (option domain): has no valid host name (is a placeholder left in it?).
           Fix: write it like https://auth3.upbond.io.
        5. option scope (variable UPBOND_SCOPE): is separated by commas.
           Fix: put spaces between the values: openid profile email
        6. option leewaySeconds (variable UPBOND_LEEWAY_SECONDS): must be a whole number of seconds from 0 to 300.
           Fix: write a number from 0 to 300 in digits, without a unit.
        7. UPBOND_SESSION_LIFETIME_SECONDS (option sessionLifetimeSeconds): must be a whole number of seconds from 60 to 31536000.
           Fix: write a number from 60 to 31536000 in digits, without a unit."
    `);
    expect(error.problems.map(({ option }) => option)).toEqual([
      'clientSecret',
      'redirectUri',
      'sessionSecret',
      'domain',
      'scope',
      'leewaySeconds',
      'sessionLifetimeSeconds',
    ]);
  });

  it('stops with the same message when the options come from a factory', async () => {
    const direct = await refusal([UpbondAuthModule.forRoot(WRONG)]);
    const useFactory = async () => WRONG;
    const made = await refusal([UpbondAuthModule.forRootAsync({ useFactory })]);
    expect(made.message).toBe(direct.message);
    expect(made.problems).toHaveLength(5);
  });

  it('stops with what a factory itself throws', async () => {
    const useFactory = () => {
      throw new Error('the vault is sealed');
    };
    const error = await bootError({
      platform,
      imports: [UpbondAuthModule.forRootAsync({ useFactory })],
    });
    expect(error.message).toBe('the vault is sealed');
  });

  it('stops when a factory answers no object', async () => {
    const useFactory = () => 'https://auth3.upbond.io' as unknown as UpbondAuthOptions;
    const { message } = await refusal([UpbondAuthModule.forRootAsync({ useFactory })]);
    expect(message).toContain('option options: must be an object.');
  });

  it('stops for http outside of loopback, and goes on when that is allowed', async () => {
    const options = { ...usualOptions(80), redirectUri: 'http://shop.example.com/auth/callback' };
    const error = await refusal([UpbondAuthModule.forRoot(options)]);
    expect(error.message).toMatchInlineSnapshot(`
      "UpbondAuthModule cannot start: 1 problem in its configuration.
        1. option redirectUri (variable UPBOND_REDIRECT_URI): uses http for shop.example.com, which is not this machine: codes and cookies could be read on the way.
           Fix: use https. Only on a network that you trust, set UPBOND_ALLOW_INSECURE_HTTP (option allowInsecureHttp) to true."
    `);
    const allowed = UpbondAuthModule.forRoot({ ...options, allowInsecureHttp: true });
    await cleanUp.closing(boot({ platform, imports: [allowed] }));
  });

  it('names the call that is missing when nothing supplies a variable', async () => {
    const { message } = await refusal([UpbondAuthModule.forRoot()]);
    expect(message).toContain('no ConfigModule is there to read a .env file');
    expect(message).toContain('ConfigModule.forRoot({ isGlobal: true })');
  });

  it.each([
    ['global', true],
    ['not global', false],
  ])('asks for the file when ConfigModule is there, %s', async (_title, isGlobal) => {
    const configModule = ConfigModule.forRoot({ isGlobal, envFilePath: 'there-is-no-such.env' });
    const { message } = await refusal([configModule, UpbondAuthModule.forRoot()]);
    expect(message).toContain('the file it should read is probably missing');
    expect(message).not.toContain('no ConfigModule is there');
  });

  it('never shows a secret', async () => {
    const secrets = { clientSecret: ' sEcReT-of-the-client ', sessionSecret: 'sEcReT' };
    const error = await refusal([UpbondAuthModule.forRoot(secrets)]);
    expect(error.problems.map(({ option }) => option)).toContain('sessionSecret');
    expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toContain('sEcReT');
  });

  it('needs no authorization server: public pages are served, a login waits for it', async () => {
    const [port, serverPort] = [await freePort(), await freePort()];
    const options = { ...usualOptions(port), domain: `http://localhost:${serverPort}` };
    const imports = [UpbondAuthModule.forRoot(options)];
    const controllers = [PublicController, MeController];
    const { url } = await cleanUp.closing(boot({ platform, port, imports, controllers }));
    const agent = new UserAgent();
    expect((await agent.visit(`${url}/public`)).body).toBe('open to everybody');

    const page = await agent.navigate(`${url}/me`);
    expect(page.status).toBe(503);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('cache-control')).toBe('private, no-store');
    expect(page.body).toContain('<h1>Sign-in did not work</h1>');
    expect(page.body).toContain('Code: temporarily_unavailable');
    expect(page.body).not.toContain(String(serverPort));
    const program = await agent.request(`${url}/auth/login`, {
      headers: { accept: 'application/json' },
    });
    expect(program.status).toBe(503);
    expect(JSON.parse(program.body)).toMatchObject({ error: 'temporarily_unavailable' });

    await cleanUp.closing(
      startUpbondEmulator({
        port: serverPort,
        autoLogin: { email: 'hanako@example.com' },
        clients: [
          {
            clientId: CLIENT_ID,
            clientSecret: CLIENT_SECRET,
            redirectUris: [`${url}/auth/callback`],
          },
        ],
      }),
    );
    expect((await agent.navigate(`${url}/me`)).body).toBe(SIGNED_IN);
  });

  it('keeps sessions and public pages working while the authorization server is down', async () => {
    const port = await freePort();
    const emulator = await startUpbondEmulator({
      autoLogin: { email: 'hanako@example.com' },
      clients: [
        {
          clientId: CLIENT_ID,
          clientSecret: CLIENT_SECRET,
          redirectUris: [usualOptions(port).redirectUri!],
        },
      ],
    });
    const options = { ...usualOptions(port), domain: emulator.url };
    const imports = [UpbondAuthModule.forRoot(options)];
    const controllers = [PublicController, MeController];
    const { url } = await cleanUp.closing(boot({ platform, port, imports, controllers }));
    const agent = new UserAgent();
    expect((await agent.navigate(`${url}/me`)).body).toBe(SIGNED_IN);
    const login = await agent.visit(`${url}/auth/login`);
    const atCallback = await agent.follow(login, `${url}/auth/callback`);
    await emulator.close();

    // The authorization server went down between its answer and our token request
    const failed = await agent.visit(atCallback.headers.get('location')!);
    expect(failed.status).toBe(503);
    expect(failed.body).toContain('Code: temporarily_unavailable');
    expect((await agent.visit(`${url}/public`)).body).toBe('open to everybody');
    expect((await agent.visit(`${url}/me`)).body).toBe(SIGNED_IN);
  });
});
