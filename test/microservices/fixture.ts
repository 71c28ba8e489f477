import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  Controller,
  UseGuards,
  type LoggerService,
  type DynamicModule,
  type Type,
} from '@nestjs/common';
import {
  ClientProxyFactory,
  Ctx,
  EventPattern,
  MessagePattern,
  Payload,
  Transport,
  type BaseRpcContext,
  type ClientProxy,
  type ClientOptions,
  type MicroserviceOptions,
  type TcpContext,
} from '@nestjs/microservices';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import {
  Claims,
  Credentials,
  CurrentUser,
  Permissions,
  Public,
  Roles,
  Scopes,
  StepUp,
  UpbondAuthModule,
  UpbondGuard,
  type UpbondAuthOptions,
  type UpbondUser,
} from 'nestjs-upbond-auth';
import { firstValueFrom, from, of, toArray, type Observable } from 'rxjs';
import { startUpbondEmulator, type UpbondEmulator } from 'upbond-emulator';
import { CLOCK } from '../../libs/upbond-auth/src/options/clock.provider.js';
import { CLIENT_ID, CLIENT_SECRET, usualOptions } from '../support/application.js';
import { MovableClock } from '../support/movable-clock.js';
import { freePort } from '../support/ports.js';
import { RedisServer } from '../support/redis-server.js';
import { UserAgent } from '../support/user-agent.js';

export const API = 'https://api.example.com';
export const OTHER_API = 'https://other.example.com';
export const REDIRECT_URI = 'http://localhost:3000/auth/callback';

/** The transports that carry metadata of their own; every suite runs on both. */
export const TRANSPORTS = ['TCP', 'Redis'] as const;
export type TransportName = (typeof TRANSPORTS)[number];
export interface ServerOptions {
  readonly transport: Transport.TCP | Transport.REDIS;
  readonly options: { readonly host: string; readonly port: number };
}

/** Where a microservice listens, or where its broker does. */
export async function place(transport: TransportName) {
  const broker = transport === 'Redis' ? await RedisServer.start() : undefined;
  const options: ServerOptions = broker
    ? { transport: Transport.REDIS, options: broker.address }
    : { transport: Transport.TCP, options: { host: '127.0.0.1', port: await freePort() } };
  return { options, close: async () => broker?.stop() };
}

/** What happened inside of the handlers. */
export class Seen {
  readonly events: unknown[] = [];
  readonly calls: string[] = [];
  readonly connections = new Set<unknown>();
}

@UseGuards(UpbondGuard)
@Controller()
export class MessagesController {
  constructor(private readonly seen: Seen) {}

  @MessagePattern('me')
  me(
    @Payload() data: unknown,
    @CurrentUser() user: UpbondUser,
    @CurrentUser('sub') sub: string,
    @Ctx() context: BaseRpcContext & { user?: unknown },
  ) {
    this.seen.calls.push('me');
    const isSame = user === context.user && user.sub === sub;
    return { sub, data, isSame, isFrozen: Object.isFrozen(user) };
  }

  @Public()
  @MessagePattern('open')
  open(@CurrentUser('sub') sub?: string) {
    return { sub: sub ?? null };
  }

  @MessagePattern('stream')
  stream(@CurrentUser('sub') sub: string): Observable<string> {
    return of(sub, sub, sub);
  }

  @MessagePattern('later')
  async later(@CurrentUser('sub') sub: string): Promise<Observable<string>> {
    await nextTurn();
    return from(Promise.resolve(sub));
  }

  /** Takes a while, so that many packets are under way at once. */
  @MessagePattern('slow')
  async slow(
    @Payload() turns: number,
    @CurrentUser() user: UpbondUser,
    @Ctx() context: (TcpContext | BaseRpcContext) & { user?: UpbondUser },
  ) {
    if ('getSocketRef' in context) this.seen.connections.add(context.getSocketRef());
    for (let turn = 0; turn < turns; turn++) await nextTurn();
    return { sub: user.sub, after: context.user?.sub };
  }

  @Scopes('read:contacts')
  @MessagePattern('scope')
  scope() {
    return 'done';
  }

  @Permissions('contacts:write')
  @MessagePattern('permission')
  permission() {
    return 'done';
  }

  @Roles('admin')
  @MessagePattern('role')
  role() {
    return 'done';
  }

  @Claims((user: UpbondUser) => user.sub === 'nobody')
  @MessagePattern('claims')
  claims() {
    return 'done';
  }

  @Credentials('session')
  @MessagePattern('session')
  session() {
    return 'done';
  }

  @Credentials('bearer')
  @MessagePattern('bearer')
  bearer() {
    return 'done';
  }

  @StepUp({ maxAgeSeconds: 300 })
  @MessagePattern('step-up')
  stepUp() {
    return 'done';
  }

  @EventPattern('happened')
  happened(@CurrentUser('sub') sub: string, @Payload() data: unknown): void {
    this.seen.events.push({ data, sub });
  }

  @Public()
  @EventPattern('open-event')
  openEvent(@CurrentUser('sub') sub: string | undefined, @Payload() data: unknown): void {
    this.seen.events.push({ data, sub: sub ?? null });
  }
}

/** Every line, whatever its level. */
export class LogRecorder implements LoggerService {
  readonly lines: string[] = [];
  readonly log = (...parts: unknown[]) => void this.lines.push(parts.map(String).join(' '));
  readonly warn = this.log;
  readonly error = this.log;
  readonly debug = this.log;

  /** Those of the library. */
  get own(): string[] {
    return this.lines.filter((line) => line.endsWith('UpbondAuth'));
  }
}

/** What a client is answered. */
export interface Outcome {
  readonly values?: unknown[];
  readonly error?: unknown;
}

/** Another service, which sends every packet over one connection. */
export class Sender {
  readonly client: ClientProxy;
  readonly #metadata = new AsyncLocalStorage<unknown>();

  constructor(options: ServerOptions) {
    this.client = ClientProxyFactory.create(options as ClientOptions);
    this.client.setOnDispatchHook((packet) => {
      const metadata = this.#metadata.getStore();
      if (metadata !== undefined) packet.metadata = metadata as Record<string, string>;
    });
  }

  /** Sends a request with any metadata at all. */
  async ask(pattern: string, metadata?: unknown, data: unknown = {}): Promise<Outcome> {
    try {
      const answer = () => firstValueFrom(this.client.send(pattern, data).pipe(toArray()));
      return { values: await this.#metadata.run(metadata, answer) };
    } catch (error) {
      return { error };
    }
  }

  /** Emits an event, and comes back when it is on its way. */
  async emit(pattern: string, metadata: unknown, data: unknown): Promise<void> {
    const emit = () => firstValueFrom(this.client.emit(pattern, data), { defaultValue: null });
    await this.#metadata.run(metadata, emit);
  }

  async close(): Promise<void> {
    await (this.client.close() as unknown);
  }
}

/** The metadata of a good packet. */
export function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}

/** What becomes of a refused request. */
export function refusal(code: string) {
  return { error: { status: 'error', code, message: expect.stringMatching(/^[A-Z].*\.$/) } };
}

export interface MicroserviceSetup {
  readonly domain: string;
  readonly options?: UpbondAuthOptions;
  readonly controllers?: Type[];
  readonly imports?: DynamicModule[];
}

/** What `Test` makes of a root module, with a clock to move. */
export function testingModule(setup: MicroserviceSetup, clock: MovableClock, seen: Seen) {
  const { domain, options, controllers = [MessagesController], imports = [] } = setup;
  const module = UpbondAuthModule.forRoot({
    ...usualOptions(3000),
    domain,
    accessTokenAudiences: [API],
    ...options,
  });
  const builder: TestingModuleBuilder = Test.createTestingModule({
    imports: [module, ...imports],
    controllers,
    providers: [{ provide: Seen, useValue: seen }],
  });
  return builder.overrideProvider(CLOCK).useValue(clock.now).compile();
}

/** A pure microservice, without HTTP, and another service that sends to it. */
export async function startMicroservice(transport: TransportName, setup: MicroserviceSetup) {
  const where = await place(transport);
  const clock = new MovableClock();
  const seen = new Seen();
  const logs = new LogRecorder();
  const testing = await testingModule(setup, clock, seen);
  const app = testing.createNestMicroservice(where.options as MicroserviceOptions);
  app.useLogger(logs);
  await app.listen();
  const sender = new Sender(where.options);
  await sender.client.connect();
  const close = async () => {
    await sender.close();
    await app.close();
    await where.close();
  };
  return { app, clock, seen, logs, sender, options: where.options, close };
}

export type Microservice = Awaited<ReturnType<typeof startMicroservice>>;

/** An authorization server whose clients are services; the subject of their tokens is their name. */
export function startEmulator(services: readonly string[] = []): Promise<UpbondEmulator> {
  return startUpbondEmulator({
    autoLogin: { email: 'hanako@example.com' },
    clients: [CLIENT_ID, ...services].map((clientId) => ({
      clientId,
      clientSecret: CLIENT_SECRET,
      redirectUris: [REDIRECT_URI],
    })),
  });
}

/** An access token for Hanako, who signs in for it. */
export async function userToken(
  emulator: UpbondEmulator,
  scope = 'openid read:contacts',
  audience = API,
): Promise<string> {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: CLIENT_ID,
    redirect_uri: REDIRECT_URI,
    state: 'a-state-of-this-test',
    scope,
    audience,
  });
  const agent = new UserAgent();
  const first = await agent.visit(`${emulator.url}/authorize?${query}`);
  const last = await agent.follow(first, REDIRECT_URI);
  const code = new URL(last.headers.get('location') ?? '').searchParams.get('code') ?? '';
  return tokenOf(emulator, {
    grant_type: 'authorization_code',
    client_id: CLIENT_ID,
    redirect_uri: REDIRECT_URI,
    code,
  });
}

/** An access token of a service for itself. */
export function serviceToken(emulator: UpbondEmulator, service: string): Promise<string> {
  return tokenOf(emulator, {
    grant_type: 'client_credentials',
    client_id: service,
    audience: API,
  });
}

async function tokenOf(emulator: UpbondEmulator, form: Record<string, string>): Promise<string> {
  const body = new URLSearchParams({ ...form, client_secret: CLIENT_SECRET });
  const url = `${emulator.url}/oauth/token`;
  const answer = await new UserAgent().request(url, { method: 'POST', body });
  const { access_token: token } = JSON.parse(answer.body) as { access_token?: string };
  if (token === undefined) throw new Error(answer.body);
  return token;
}
