import {
  Controller,
  Get,
  Module,
  Scope,
  UseGuards,
  type INestApplication,
  type Type,
} from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { EventPattern, MessagePattern, type MicroserviceOptions } from '@nestjs/microservices';
import {
  CurrentUser,
  Public,
  Scopes,
  UpbondAuthModule,
  UpbondGuard,
  type UpbondAuthOptions,
} from 'nestjs-upbond-auth';
import type { UpbondEmulator } from 'upbond-emulator';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PLATFORMS, usualOptions, type Platform } from '../support/application.js';
import { CleanUp } from '../support/boot.js';
import { freePort } from '../support/ports.js';
import { UserAgent } from '../support/user-agent.js';
import { until } from '../support/waiting.js';
import {
  API,
  bearer,
  LogRecorder,
  MessagesController,
  place,
  refusal,
  Seen,
  Sender,
  startEmulator,
  startMicroservice,
  TRANSPORTS,
  userToken,
  type TransportName,
} from './fixture.js';

/** No guard of its own: the whole application has one. */
@Controller()
class EverythingController {
  constructor(private readonly seen: Seen) {}

  @Get('page')
  page(@CurrentUser('sub') sub: string) {
    return { sub };
  }

  @MessagePattern('message')
  message(@CurrentUser('sub') sub: string) {
    this.seen.calls.push('message');
    return { sub };
  }

  @Public()
  @MessagePattern('anybody')
  anybody(@CurrentUser('sub') sub?: string) {
    return { sub: sub ?? null };
  }

  @Scopes('never:granted')
  @MessagePattern('narrow')
  narrow() {
    return this.seen.calls.push('narrow');
  }

  @EventPattern('event')
  event(@CurrentUser('sub') sub: string) {
    this.seen.events.push(sub);
  }
}

const clean = new CleanUp();
let emulator: UpbondEmulator;
let token: string;
let sub: string;

beforeAll(async () => {
  emulator = await startEmulator();
  token = await userToken(emulator);
  sub = emulator.users[0]!.sub;
});

afterEach(() => clean.clean());
afterAll(() => emulator.close());

function rootModule(port: number, seen: Seen, controllers: Type[] = [EverythingController]) {
  const options: UpbondAuthOptions = {
    ...usualOptions(port),
    domain: emulator.url,
    accessTokenAudiences: [API],
  };
  @Module({
    imports: [UpbondAuthModule.forRoot(options)],
    controllers,
    providers: [
      { provide: Seen, useValue: seen },
      { provide: APP_GUARD, useExisting: UpbondGuard },
    ],
  })
  class AppModule {}
  return AppModule;
}

/** One application for HTTP and for packets, as a main.ts starts it. */
async function startHybrid(platform: Platform, transport: TransportName, inheritAppConfig = true) {
  const where = await clean.closing(place(transport));
  const port = await freePort();
  const seen = new Seen();
  const logs = new LogRecorder();
  const root = rootModule(port, seen, [EverythingController, MessagesController]);
  const settings = { logger: logs, abortOnError: false };
  const app: INestApplication = await clean.closing(
    platform === 'fastify'
      ? NestFactory.create(root, new FastifyAdapter(), settings)
      : NestFactory.create(root, settings),
  );
  app.connectMicroservice(where.options as MicroserviceOptions, { inheritAppConfig });
  await app.startAllMicroservices();
  await app.listen(port, '127.0.0.1');
  const sender = await clean.closing(new Sender(where.options));
  return { url: `http://localhost:${port}`, sender, seen, logs };
}

describe.each(PLATFORMS)('a hybrid application on %s', (platform) => {
  it.each(TRANSPORTS)(
    'has APP_GUARD before its pages and its packets over %s',
    async (transport) => {
      const { url, sender, seen, logs } = await startHybrid(platform, transport);
      const agent = new UserAgent();
      const page = async (headers: Record<string, string>) => {
        const { status, body } = await agent.request(`${url}/page`, { headers });
        return { status, body: JSON.parse(body) as { error?: string; sub?: string } };
      };
      const json = { accept: 'application/json' };
      expect(await page(json)).toMatchObject({ status: 401, body: { error: 'login_required' } });
      expect(await page({ ...json, ...bearer(token) })).toEqual({ status: 200, body: { sub } });

      expect(await sender.ask('message')).toEqual(refusal('login_required'));
      expect(await sender.ask('message', bearer('abc'))).toEqual(refusal('invalid_token'));
      expect(await sender.ask('narrow', bearer(token))).toEqual(refusal('insufficient_scope'));
      await sender.emit('event', undefined, 1);
      const events = () => logs.own.filter((line) => line.startsWith('login_required'));
      await until(async () => events().length === 3, 'the event was not refused');
      expect([seen.calls, seen.events]).toEqual([[], []]);

      expect(await sender.ask('message', bearer(token))).toEqual({ values: [{ sub }] });
      expect(await sender.ask('anybody')).toEqual({ values: [{ sub: null }] });
      await sender.emit('event', bearer(token), 1);
      await until(async () => seen.events.length > 0, 'the event was not handled');
      expect(seen.events).toEqual([sub]);
    },
  );

  it('without inheritAppConfig: a guard on the controller refuses, without saying why', async () => {
    const { sender, seen } = await startHybrid(platform, 'TCP', false);
    const error = { status: 'error', message: 'Internal server error' };
    expect(await sender.ask('me')).toEqual({ error });
    expect(await sender.ask('me', bearer('abc'))).toEqual({ error });
    expect(seen.calls).toEqual([]);
    expect(await sender.ask('me', bearer(token))).toMatchObject({ values: [{ sub }] });
  });
});

describe.each(TRANSPORTS)('a pure microservice over %s', (transport) => {
  it('boots without HTTP, and has APP_GUARD before its packets', async () => {
    const where = await clean.closing(place(transport));
    const seen = new Seen();
    const logs = new LogRecorder();
    const app = await clean.closing(
      NestFactory.createMicroservice(rootModule(3000, seen), {
        ...(where.options as MicroserviceOptions),
        logger: logs,
        abortOnError: false,
      }),
    );
    await app.listen();
    logs.lines.length = 0;
    const sender = await clean.closing(new Sender(where.options));
    expect(await sender.ask('message')).toEqual(refusal('login_required'));
    expect(seen.calls).toEqual([]);
    expect(await sender.ask('message', bearer(token))).toEqual({ values: [{ sub }] });
    expect(await sender.ask('anybody')).toEqual({ values: [{ sub: null }] });
    expect(logs.own).toEqual([expect.stringMatching(/^login_required\b/)]);
  });

  it('guards controllers that are made for each packet', async () => {
    @UseGuards(UpbondGuard)
    @Controller({ scope: Scope.REQUEST })
    class ScopedController {
      constructor(private readonly seen: Seen) {}

      @MessagePattern('scoped')
      scoped(@CurrentUser('sub') who: string) {
        return { who };
      }

      @EventPattern('scoped-event')
      event(@CurrentUser('sub') who: string) {
        this.seen.events.push(who);
      }

      @Public()
      @EventPattern('scoped-event')
      again(@CurrentUser('sub') who?: string) {
        this.seen.events.push(`again ${who ?? 'nobody'}`);
      }
    }
    const setup = { domain: emulator.url, controllers: [ScopedController] };
    const { sender, seen } = await clean.closing(startMicroservice(transport, setup));
    expect(await sender.ask('scoped')).toEqual(refusal('login_required'));
    expect(await sender.ask('scoped', bearer(token))).toEqual({ values: [{ who: sub }] });
    await sender.emit('scoped-event', undefined, 1);
    await until(async () => seen.events.length === 1, 'the public handler was not called');
    expect(seen.events).toEqual(['again nobody']);
    await sender.emit('scoped-event', bearer(token), 1);
    await until(async () => seen.events.length === 3, 'the event was not handled');
    expect(seen.events).toEqual(['again nobody', sub, `again ${sub}`]);
  });

  it('has instances with tokens of their own', async () => {
    @UseGuards(UpbondGuard.for('admin'))
    @Controller()
    class AdminController {
      constructor(private readonly seen: Seen) {}

      @MessagePattern('admin')
      admin(@CurrentUser('sub') who: string) {
        this.seen.calls.push('admin');
        return { who };
      }
    }
    const admin = UpbondAuthModule.forRoot({
      ...usualOptions(3000),
      redirectUri: 'http://localhost:3000/auth/admin/callback',
      domain: emulator.url,
      accessTokenAudiences: ['https://admin.example.com'],
      name: 'admin',
    });
    const service = await clean.closing(
      startMicroservice(transport, {
        domain: emulator.url,
        controllers: [MessagesController, AdminController],
        imports: [admin],
      }),
    );
    const forAdmin = await userToken(emulator, 'openid', 'https://admin.example.com');
    expect(await service.sender.ask('admin', bearer(token))).toEqual(refusal('invalid_token'));
    expect(await service.sender.ask('me', bearer(forAdmin))).toEqual(refusal('invalid_token'));
    expect(service.seen.calls).toEqual([]);
    expect(await service.sender.ask('admin', bearer(forAdmin))).toEqual({ values: [{ who: sub }] });
    expect(await service.sender.ask('me', bearer(token))).toMatchObject({ values: [{ sub }] });
  });
});
