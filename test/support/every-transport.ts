import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { UpbondAuthModule, withUpbondAuth } from 'nestjs-upbond-auth';
import { createUpbondTesting, type UpbondTesting } from 'nestjs-upbond-auth/testing';
import {
  API,
  LogRecorder,
  Sender,
  type ServerOptions,
  type TransportName,
} from '../microservices/fixture.js';
import { adapterFor } from '../sockets/fixture.js';
import type { Library } from '../sockets/gateways.js';
import { usualOptions, type Platform } from './application.js';
import { freePort } from './ports.js';
import type { RedisServer } from './redis-server.js';

export interface EveryTransportSetup {
  readonly platform: Platform;
  /** Of WebSockets: an application has one adapter. */
  readonly library: Library;
  readonly broker: RedisServer;
  readonly module: ModuleMetadata;
  /** Where the routes are, the library's own included. */
  readonly prefix?: string;
  /** Whether packets are guarded by what guards the rest. @default true */
  readonly inheritAppConfig?: boolean;
  /** What an application does between create and listen. */
  readonly configure?: (app: INestApplication) => void;
}

/** One application that serves whatever Nest can serve, with a kit that says who asks. */
export interface EveryTransport {
  readonly app: INestApplication;
  readonly url: string;
  readonly library: Library;
  readonly upbond: UpbondTesting;
  /** Another service, over each transport of packets. */
  readonly senders: Readonly<Record<TransportName, Sender>>;
  close(): Promise<void>;
}

/** What all of them log: Nest has one logger for a process. */
export const LOGS = new LogRecorder();

/** Starts a hybrid application as a main.ts would: `inheritAppConfig`, `withUpbondAuth`. */
export async function startEveryTransport(setup: EveryTransportSetup): Promise<EveryTransport> {
  const { library, broker, prefix = '', inheritAppConfig = true } = setup;
  const [port, tcpPort, upbond] = await Promise.all([freePort(), freePort(), kit()]);
  const app = await create(setup, upbond, port);
  if (prefix) app.setGlobalPrefix(prefix);
  setup.configure?.(app);
  app.useWebSocketAdapter(withUpbondAuth(app, adapterFor(library, app)));
  const places = {
    TCP: { transport: Transport.TCP, options: { host: '127.0.0.1', port: tcpPort } },
    Redis: { transport: Transport.REDIS, options: broker.address },
  } satisfies Record<TransportName, ServerOptions>;
  for (const place of Object.values(places)) {
    app.connectMicroservice<MicroserviceOptions>(place, { inheritAppConfig });
  }
  await app.startAllMicroservices();
  await app.listen(port, '127.0.0.1');
  const senders = { TCP: new Sender(places.TCP), Redis: new Sender(places.Redis) };
  const close = async () => {
    await Promise.all([senders.TCP.close(), senders.Redis.close()]);
    await app.close();
  };
  return { app, url: `http://localhost:${port}`, library, upbond, senders, close };

  function kit() {
    return createUpbondTesting({ options: { accessTokenAudiences: [API] } });
  }
}

async function create(
  { platform, module, prefix = '' }: EveryTransportSetup,
  upbond: UpbondTesting,
  port: number,
): Promise<INestApplication> {
  const redirectUri = `http://localhost:${port}${prefix && `/${prefix}`}/auth/callback`;
  const { imports = [], ...rest } = module;
  const builder = Test.createTestingModule({
    imports: [UpbondAuthModule.forRoot({ ...usualOptions(port), redirectUri }), ...imports],
    ...rest,
  });
  const testing = await upbond.override(builder).compile({ snapshot: true });
  const app: INestApplication =
    platform === 'fastify'
      ? testing.createNestApplication(new FastifyAdapter())
      : testing.createNestApplication();
  app.useLogger(LOGS);
  return app;
}
