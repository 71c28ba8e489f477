import {
  Controller,
  Get,
  Post,
  UseGuards,
  type INestApplication,
  type ModuleMetadata,
} from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  Credentials,
  CurrentUser,
  Permissions,
  Roles,
  Scopes,
  StepUp,
  UpbondAuthModule,
  UpbondGuard,
  type UpbondAuthModuleExtras,
  type UpbondAuthOptions,
} from 'nestjs-upbond-auth';
import type { UpbondTesting } from 'nestjs-upbond-auth/testing';
import { usualOptions, type Platform } from '../support/application.js';
import { UserAgent, type Answer } from '../support/user-agent.js';

export const API = 'https://orders.example.com';

@UseGuards(UpbondGuard)
@Controller()
export class OrdersController {
  @Get('me')
  me(@CurrentUser() user: object) {
    return user;
  }

  @Post('orders')
  create(@CurrentUser('sub') sub: string) {
    return { owner: sub };
  }

  @Scopes('read:orders')
  @Get('orders')
  list(@CurrentUser('sub') sub: string) {
    return [{ owner: sub }];
  }

  @Permissions('orders:delete')
  @Get('permission')
  permission() {
    return {};
  }

  @Roles('clerk')
  @Get('role')
  role() {
    return {};
  }

  @StepUp({ acrValues: ['gold'], maxAgeSeconds: 300 })
  @Get('step-up')
  stepUp() {
    return {};
  }

  @Credentials('bearer')
  @Get('bearer')
  bearer() {
    return {};
  }
}

/** What a test imports besides the controller. */
export type Application = Pick<ModuleMetadata, 'imports' | 'controllers' | 'providers'>;

/** An application as most of the tests have it. */
export function ordersModule(
  options: UpbondAuthOptions & UpbondAuthModuleExtras = {},
): Application {
  const usual = { ...usualOptions(3000), accessTokenAudiences: [API] };
  return { imports: [UpbondAuthModule.forRoot({ ...usual, ...options })] };
}

/** An application under test, and requests to it. */
export class ApplicationUnderTest {
  private constructor(
    readonly app: INestApplication,
    private readonly url: string,
  ) {}

  static async start(
    platform: Platform,
    upbond: UpbondTesting,
    { controllers = [OrdersController], ...rest }: Application = ordersModule(),
  ): Promise<ApplicationUnderTest> {
    const builder = Test.createTestingModule({ controllers, ...rest });
    const module = await upbond.override(builder).compile();
    const app: INestApplication =
      platform === 'fastify'
        ? module.createNestApplication(new FastifyAdapter())
        : module.createNestApplication();
    app.useLogger(false);
    await app.listen(0, '127.0.0.1');
    return new ApplicationUnderTest(app, await app.getUrl());
  }

  /** An answer to a request with these headers. */
  ask(path: string, headers: object = {}, method = 'GET'): Promise<Answer> {
    const all = { accept: 'application/json', ...headers };
    return new UserAgent().request(this.url + path, { method, headers: all });
  }

  /** The status of an answer. */
  async status(path: string, headers: object | Promise<object>, method = 'GET'): Promise<number> {
    return (await this.ask(path, await headers, method)).status;
  }

  async close(): Promise<void> {
    await this.app.close();
  }
}

/** The code in the body of a refusal. */
export function codeOf({ body }: Answer): string {
  return (JSON.parse(body) as { error: string }).error;
}
