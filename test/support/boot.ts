import type { INestApplication, ModuleMetadata, NestApplicationOptions } from '@nestjs/common';
import { Controller, Get, Module, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { CurrentUser, UpbondGuard } from 'nestjs-upbond-auth';
import { startUpbondEmulator, type UpbondEmulator } from 'upbond-emulator';
import { CLIENT_ID, CLIENT_SECRET, type Platform, type RunningApplication } from './application.js';
import { recordSecret } from './log-capture/captured.js';

/** What a root module imports, and how it is started. */
export interface Boot extends Pick<ModuleMetadata, 'controllers' | 'providers' | 'imports'> {
  readonly platform: Platform;
  /** Without a port the application is initialised, but does not listen. */
  readonly port?: number;
  readonly nest?: NestApplicationOptions;
  /** Options of Fastify, for the tests about its router. */
  readonly fastify?: ConstructorParameters<typeof FastifyAdapter>[0];
  readonly configure?: (app: INestApplication) => void;
}

/** Starts an application as its main.ts would; whatever stops the boot is thrown. */
export async function boot(setup: Boot): Promise<RunningApplication> {
  const { platform, port, nest, fastify, configure, ...metadata } = setup;
  @Module(metadata)
  class AppModule {}
  const options = { logger: false, abortOnError: false, ...nest } as const;
  const app: INestApplication =
    platform === 'fastify'
      ? await NestFactory.create(AppModule, new FastifyAdapter(fastify), options)
      : await NestFactory.create(AppModule, options);
  try {
    configure?.(app);
    await (port === undefined ? app.init() : app.listen(port, '127.0.0.1'));
  } catch (error) {
    await app.close();
    throw error;
  }
  return { app, url: `http://localhost:${port}`, close: () => app.close() };
}

/** The error that stops a boot; the test fails when nothing does. */
export async function bootError(setup: Boot): Promise<Error> {
  let running: RunningApplication;
  try {
    running = await boot(setup);
  } catch (error) {
    return error as Error;
  }
  await running.close();
  throw new Error('the application booted');
}

/** The page that the tests sign in for. */
@UseGuards(UpbondGuard)
@Controller('me')
export class MeController {
  @Get()
  me(@CurrentUser('email') email: string | undefined): string {
    return `signed in as ${email}`;
  }
}

export const SIGNED_IN = 'signed in as hanako@example.com';

/** Who may use an emulator: the usual test client unless it is said otherwise. */
export interface EmulatorClient {
  readonly clientId?: string;
  readonly redirectUris: readonly string[];
}

/** An emulator that signs Hanako in without showing pages. */
export function emulatorFor(...clients: EmulatorClient[]): Promise<UpbondEmulator> {
  return startUpbondEmulator({
    autoLogin: { email: 'hanako@example.com' },
    clients: clients.map(({ clientId = CLIENT_ID, redirectUris }) => ({
      clientId,
      clientSecret: CLIENT_SECRET,
      redirectUris: [...redirectUris],
    })),
  });
}

/**
 * Sets environment variables until the test ends: a shell's export, as the application sees it.
 * Variables of the developer's own shell that start with UPBOND_ are out of the way meanwhile.
 */
export async function withEnvironment<Result>(
  variables: Readonly<Record<string, string>>,
  run: () => Promise<Result>,
): Promise<Result> {
  const before = { ...process.env };
  for (const name of Object.keys(before)) if (name.startsWith('UPBOND_')) delete process.env[name];
  Object.assign(process.env, variables);
  for (const [name, value] of Object.entries(variables)) {
    if (/SECRET|KEY/.test(name)) recordSecret(name, value);
  }
  try {
    return await run();
  } finally {
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

/** The options of the usual client as environment variables, for any prefix. */
export function asVariables(
  options: Readonly<Record<string, unknown>>,
  prefix = 'UPBOND_',
): Record<string, string> {
  const entries = Object.entries(options).map(([option, value]): [string, string] => [
    prefix + option.replace(/[A-Z]/g, (capital) => `_${capital}`).toUpperCase(),
    String(value),
  ]);
  return Object.fromEntries(entries);
}

/** Runs at the end of each test, last things first. Call `clean()` in `afterEach`. */
export class CleanUp {
  readonly #steps: (() => Promise<unknown>)[] = [];

  /** Closes this when the test ends. */
  async closing<Closable extends { close(): Promise<unknown> }>(
    starting: Promise<Closable> | Closable,
  ): Promise<Closable> {
    const started = await starting;
    this.#steps.push(() => started.close());
    return started;
  }

  async clean(): Promise<void> {
    for (const step of this.#steps.splice(0).toReversed()) await step();
  }
}
