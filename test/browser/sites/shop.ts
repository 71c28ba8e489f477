import { Module, type INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import type { NextFunction, Request, Response } from 'express';
import helmet from 'helmet';
import { UpbondAuthModule, type UpbondAuthOptions } from 'nestjs-upbond-auth';
import {
  CLOCK,
  systemClock,
  type Clock,
} from '../../../libs/upbond-auth/src/options/clock.provider.js';
import { MeController } from '../../../src/api/me.controller.js';
import { HomeController } from '../../../src/pages/home.controller.js';
import { ProfileController } from '../../../src/pages/profile.controller.js';
import { StyleController } from '../../../src/pages/style.controller.js';
import type { TestCertificate } from '../../support/tls.js';
import { HeldAnswers, type HeldAnswer } from './held-answers.js';
import { LogoutLinkController } from './logout-link.controller.js';
import { SHOP_SETTINGS, type ShopSettings } from './naive-login.js';
import { OrdersController } from './orders.controller.js';
import { PreloadingController } from './preloading.controller.js';
import { UnprotectedController } from './unprotected.controller.js';

/** Where the headers that restrict pages come from. */
export type SecurityHeaders = 'Nest' | 'Helmet';

/** How a shop differs from the usual one. */
export interface ShopSetup {
  /** @default 'Nest' */
  readonly headers?: SecurityHeaders;
  /** Options of the library on top of the usual ones. */
  readonly options?: UpbondAuthOptions;
  /** What time the library thinks it is. */
  readonly clock?: Clock;
}

/** One request that reached the shop, and what its answer set. */
export interface ShopRequest {
  readonly path: string;
  readonly purpose: string | undefined;
  readonly site: string | undefined;
  readonly status: number;
  readonly setsCookie: boolean;
}

/** The application: the example's own pages, and routes that show what happens without protection. */
export interface Shop extends ShopSettings {
  /** Every request that was answered. */
  readonly requests: readonly ShopRequest[];
  /** Holds back the answer to the next request for a path. */
  hold(path: string): HeldAnswer;
  /** Stops it and starts it again, so that it remembers nothing. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function startShop(
  settings: ShopSettings,
  certificate: TestCertificate,
  setup: ShopSetup = {},
): Promise<Shop> {
  const requests: ShopRequest[] = [];
  const held = new HeldAnswers();
  const start = async (): Promise<INestApplication> => {
    const app = await createShop(settings, certificate, setup);
    app.use(recorder(requests), held.middleware);
    applyDefaults(app, setup.headers ?? 'Nest');
    return app.listen(Number(new URL(settings.url).port), '127.0.0.1').then(() => app);
  };
  let app = await start();
  return {
    ...settings,
    requests,
    hold: (path) => held.hold(path),
    async restart() {
      await app.close();
      app = await start();
    },
    close: () => app.close(),
  };
}

async function createShop(
  settings: ShopSettings,
  { key, cert }: TestCertificate,
  { options, clock = systemClock }: ShopSetup,
): Promise<NestExpressApplication> {
  const builder = Test.createTestingModule({ imports: [shopModule(settings, options)] });
  const testing = await builder.overrideProvider(CLOCK).useValue(clock).compile();
  return testing.createNestApplication<NestExpressApplication>({
    httpsOptions: { key, cert },
    forceCloseConnections: true,
    logger: false,
  });
}

function applyDefaults(app: INestApplication, headers: SecurityHeaders): void {
  if (headers === 'Nest') app.useSecurityHeaders();
  else app.use(helmet());
}

function shopModule(
  { url, loginUrl, clientId, clientSecret }: ShopSettings,
  options?: UpbondAuthOptions,
) {
  const login = UpbondAuthModule.forRoot({
    clientId,
    clientSecret,
    domain: loginUrl,
    redirectUri: `${url}/auth/callback`,
    scope: 'openid profile email wallet',
    sessionSecret: 'sLf3Jx9QmZ0vT7rYb2NcWq8KdHuEaP5G',
    ...options,
  });
  const settings = { url, loginUrl, clientId, clientSecret };
  @Module({
    imports: [login],
    controllers: [
      HomeController,
      ProfileController,
      MeController,
      StyleController,
      OrdersController,
      PreloadingController,
      LogoutLinkController,
      UnprotectedController,
    ],
    providers: [{ provide: SHOP_SETTINGS, useValue: settings }],
  })
  class ShopModule {}
  return ShopModule;
}

function recorder(requests: ShopRequest[]) {
  return (request: Request, response: Response, next: NextFunction): void => {
    response.once('finish', () =>
      requests.push({
        path: request.originalUrl,
        purpose: request.get('sec-purpose'),
        site: request.get('sec-fetch-site'),
        status: response.statusCode,
        setsCookie: response.hasHeader('set-cookie'),
      }),
    );
    next();
  };
}
