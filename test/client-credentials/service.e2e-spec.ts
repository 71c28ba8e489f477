import { inspect } from 'node:util';
import { Controller, Get, Inject, type LoggerService } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import {
  ClientCredentialsService,
  clientCredentialsServiceToken,
  UpbondAuthException,
  UpbondAuthModule,
  type UpbondAuthOptions,
} from 'nestjs-upbond-auth';
import { startUpbondEmulator, type UpbondEmulator } from 'upbond-emulator';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CLOCK } from '../../libs/upbond-auth/src/options/clock.provider.js';
import { CLIENT_ID, CLIENT_SECRET, PLATFORMS, usualOptions } from '../support/application.js';
import { MovableClock } from '../support/movable-clock.js';
import { ScriptedServer, type Reply } from '../support/scripted-server.js';
import { until } from '../support/waiting.js';

const AUDIENCE = 'https://reports.example.com';
const LIFE_SECONDS = 600;

@Controller()
class Pages {
  constructor(
    @Inject(ClientCredentialsService) private readonly machine: ClientCredentialsService,
    @Inject(clientCredentialsServiceToken('second'))
    private readonly second: ClientCredentialsService,
  ) {}

  @Get('report')
  async report() {
    return {
      token: await this.machine.getAccessToken({ audience: AUDIENCE, scope: 'write read' }),
    };
  }

  @Get('second')
  async other() {
    return { token: await this.second.getAccessToken({ audience: AUDIENCE }) };
  }
}

/** Keeps what is logged, at the most verbose level. */
class Lines implements LoggerService {
  readonly all: string[] = [];
  readonly #add = (...parts: unknown[]) =>
    void this.all.push(parts.map((part) => inspect(part)).join(' '));
  readonly log = this.#add;
  readonly error = this.#add;
  readonly warn = this.#add;
  readonly debug = this.#add;
  readonly verbose = this.#add;
}

describe.each(PLATFORMS)('ClientCredentialsService on %s', (platform) => {
  async function startApplication(domain: string, options: UpbondAuthOptions = {}) {
    const clock = new MovableClock();
    const logger = new Lines();
    // Nobody signs in here, so that the redirect URI only has to be one
    const usual = { ...usualOptions(3000), domain };
    const testing = await Test.createTestingModule({
      imports: [
        UpbondAuthModule.forRoot({ ...usual, ...options }),
        UpbondAuthModule.forRoot({
          ...usual,
          name: 'second',
          redirectUri: 'http://localhost:3000/second/callback',
        }),
      ],
      controllers: [Pages],
    })
      .setLogger(logger)
      .overrideProvider(CLOCK)
      .useValue(clock.now)
      .compile();
    const app =
      platform === 'fastify'
        ? testing.createNestApplication(new FastifyAdapter())
        : testing.createNestApplication();
    onTestFinished(() => app.close());
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    // Two modules have the class; the name tells them apart
    const machine = app.get<ClientCredentialsService>(clientCredentialsServiceToken('default'));
    return { clock, logger, machine, ask: (path = '/report') => fetch(url + path) };
  }

  async function startEmulator(): Promise<UpbondEmulator> {
    const emulator = await startUpbondEmulator({
      clients: [{ clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, redirectUris: [] }],
      lifetimes: { accessTokenSeconds: LIFE_SECONDS },
    });
    onTestFinished(() => emulator.close());
    return emulator;
  }

  async function startScripted(): Promise<ScriptedServer> {
    const server = await ScriptedServer.start({
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      redirectUri: 'http://localhost:3000/auth/callback',
      authentication: 'client_secret_post',
      isOpenid: true,
    });
    onTestFinished(() => server.close());
    return server;
  }

  const tokenOf = async (answer: Promise<Response>): Promise<string> =>
    ((await (await answer).json()) as { token: string }).token;
  const failureOf = (promise: Promise<unknown>) => promise.then(String, (e: unknown) => e);

  describe('with the emulator', () => {
    it('gets a token that the API can verify, once for 50 requests', async () => {
      const emulator = await startEmulator();
      const { ask } = await startApplication(emulator.url);
      const tokens = await Promise.all(Array.from({ length: 50 }, () => tokenOf(ask())));
      expect(new Set(tokens).size).toBe(1);
      expect(emulator.counters.clientCredentialsRequests).toBe(1);
      const keys = createRemoteJWKSet(new URL(`${emulator.url}/.well-known/jwks.json`));
      const { payload } = await jwtVerify(tokens[0] ?? '', keys, {
        audience: AUDIENCE,
        issuer: emulator.issuer,
      });
      expect(payload).toMatchObject({ client_id: CLIENT_ID, scope: 'read write' });
    });

    it('renews behind the back of its callers, once', async () => {
      const emulator = await startEmulator();
      const { ask, clock } = await startApplication(emulator.url);
      const first = await tokenOf(ask());
      clock.forward(LIFE_SECONDS - 50);
      const behind = await Promise.all(Array.from({ length: 50 }, () => tokenOf(ask())));
      expect(behind).toContain(first);
      await until(async () => (await tokenOf(ask())) !== first);
      expect(emulator.counters.clientCredentialsRequests).toBe(2);
    });

    it('keeps the instances apart', async () => {
      const emulator = await startEmulator();
      const { ask } = await startApplication(emulator.url);
      expect(await tokenOf(ask())).not.toBe(await tokenOf(ask('/second')));
      expect(emulator.counters.clientCredentialsRequests).toBe(2);
    });

    it('tells no log and no inspection what it holds', async () => {
      const emulator = await startEmulator();
      const { ask, machine, clock, logger } = await startApplication(emulator.url);
      const token = await tokenOf(ask());
      await emulator.close();
      clock.forward(LIFE_SECONDS - 1);
      expect(await tokenOf(ask())).toBe(token);
      const text = inspect(machine, { depth: 20, showHidden: true }) + logger.all.join('\n');
      expect(logger.all.join('\n')).toContain('could not be renewed yet: temporarily_unavailable');
      for (const secret of [token, CLIENT_SECRET]) expect(text).not.toContain(secret);
    });
  });

  describe('with a server in trouble', () => {
    const good: Reply = {
      body: { access_token: 'the-first', token_type: 'Bearer', expires_in: LIFE_SECONDS },
    };
    const busy: Reply = { status: 503, headers: { 'retry-after': '120' }, body: 'busy' };

    it('answers 503 with Retry-After, and does not ask again before', async () => {
      const server = await startScripted();
      server.script('token', busy);
      const { ask, clock } = await startApplication(server.url);
      for (const forward of [0, 60]) {
        clock.forward(forward);
        const answer = await ask();
        expect([answer.status, Number(answer.headers.get('retry-after'))]).toEqual([
          503,
          expect.closeTo(120 - forward, -0.5),
        ]);
      }
      expect(server.count('token')).toBe(1);
      server.script('token', good);
      clock.forward(61);
      expect(await tokenOf(ask())).toBe('the-first');
      expect(server.count('token')).toBe(2);
    });

    it('hands out the old token until it expires, while asking now and then', async () => {
      const server = await startScripted();
      server.script('token', good);
      const { ask, clock } = await startApplication(server.url);
      expect(await tokenOf(ask())).toBe('the-first');
      server.breakWith('token', (response) => response.destroy());
      clock.forward(LIFE_SECONDS - 50);
      for (let round = 0; round < 20; round += 1) expect(await tokenOf(ask())).toBe('the-first');
      await until(async () => server.count('token') === 2);
      clock.forward(51);
      expect((await ask()).status).toBe(503);
      expect(server.count('token')).toBe(3);
    });

    it('waits no longer than the deadline for a silent one', async () => {
      const server = await startScripted();
      server.breakWith('token', () => {});
      const { machine } = await startApplication(server.url, { deadlineSeconds: 1 });
      const started = performance.now();
      const error = await failureOf(machine.getAccessToken({ audience: AUDIENCE }));
      expect(error).toMatchObject({ code: 'temporarily_unavailable' });
      expect(performance.now() - started).toBeLessThan(4_000);
      expect(server.count('token')).toBe(1);
    });

    it('lets a caller give up, and the others have the token', async () => {
      const server = await startScripted();
      let answer = (_reply: Reply): void => {};
      const later = new Promise<Reply>((resolve) => (answer = resolve));
      server.script('token', () => later);
      const { machine } = await startApplication(server.url);
      const controller = new AbortController();
      const { signal } = controller;
      const gone = failureOf(machine.getAccessToken({ audience: AUDIENCE, signal }));
      const stays = machine.getAccessToken({ audience: AUDIENCE });
      await until(async () => server.count('token') === 1);
      controller.abort();
      expect(await gone).toMatchObject({ code: 'temporarily_unavailable' });
      answer(good);
      expect(await stays).toBe('the-first');
      expect(server.count('token')).toBe(1);
    });

    it.each([
      ['invalid_client', 401, 502],
      ['unauthorized_client', 400, 502],
      ['invalid_scope', 400, 502],
      ['unsupported_grant_type', 400, 502],
    ])('answers %s in so many words', async (error, status, answered) => {
      const server = await startScripted();
      server.script('token', { status, body: { error } });
      const { ask, machine } = await startApplication(server.url);
      expect((await ask()).status).toBe(answered);
      expect(await failureOf(machine.getAccessToken({ audience: 'other' }))).toMatchObject({
        code: error,
      });
    });

    it('asks nothing for a public client', async () => {
      const server = await startScripted();
      const { machine } = await startApplication(server.url, {
        clientAuthentication: 'none',
        clientSecret: undefined,
      } as unknown as UpbondAuthOptions);
      const error = await failureOf(machine.getAccessToken({ audience: AUDIENCE }));
      expect(error).toBeInstanceOf(UpbondAuthException);
      expect(error).toMatchObject({ code: 'unauthorized_client' });
      expect(server.requests).toEqual([]);
    });

    it.each([undefined, '', 7])(
      'refuses the audience %j as a mistake in the code',
      async (value) => {
        const server = await startScripted();
        const { machine } = await startApplication(server.url);
        const options = { audience: value } as { audience: string };
        expect(await failureOf(machine.getAccessToken(options))).toBeInstanceOf(TypeError);
        expect(server.requests).toEqual([]);
      },
    );
  });
});
