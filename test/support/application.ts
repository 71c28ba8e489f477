import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  UpbondAuthModule,
  type UpbondAuthModuleExtras,
  type UpbondAuthOptions,
} from 'nestjs-upbond-auth';
import { CLOCK } from '../../libs/upbond-auth/src/options/clock.provider.js';
import type { MovableClock } from './movable-clock.js';

/** Every suite runs on both. */
export const PLATFORMS = ['express', 'fastify'] as const;
export type Platform = (typeof PLATFORMS)[number];

export const CLIENT_ID = 'test-client';
export const CLIENT_SECRET = 'the-client-secret-of-the-test-client';
export const SESSION_SECRET = 'sLf3Jx9QmZ0vT7rYb2NcWq8KdHuEaP5G';

/** An application that listens on a port of its own. */
export interface RunningApplication {
  readonly app: INestApplication;
  readonly url: string;
  close(): Promise<void>;
}

export interface ApplicationSetup extends Pick<
  ModuleMetadata,
  'controllers' | 'providers' | 'imports'
> {
  readonly platform: Platform;
  readonly port: number;
  /** Options of the module under test, on top of the usual ones. */
  readonly options?: UpbondAuthOptions & UpbondAuthModuleExtras;
  /** The time of the application, for tests that move it. */
  readonly clock?: MovableClock;
  /** What an application does between create and listen. */
  readonly configure?: (app: INestApplication) => void;
}

/** The options that every test application starts from. */
export function usualOptions(port: number): UpbondAuthOptions {
  return {
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    redirectUri: `http://localhost:${port}/auth/callback`,
    sessionSecret: SESSION_SECRET,
  };
}

/** Starts a real Nest application that uses the module, with real HTTP. */
export async function startApplication(setup: ApplicationSetup): Promise<RunningApplication> {
  const {
    platform,
    port,
    options,
    clock,
    configure,
    imports = [],
    controllers = [],
    providers = [],
  } = setup;
  const module = UpbondAuthModule.forRoot({ ...usualOptions(port), ...options });
  const builder = Test.createTestingModule({
    imports: [module, ...imports],
    controllers,
    providers,
  });
  if (clock) builder.overrideProvider(CLOCK).useValue(clock.now);
  const testing = await builder.compile();
  const app =
    platform === 'fastify'
      ? testing.createNestApplication(new FastifyAdapter())
      : testing.createNestApplication();
  app.useLogger(false);
  configure?.(app);
  await app.listen(port, '127.0.0.1');
  return { app, url: `http://localhost:${port}`, close: () => app.close() };
}
