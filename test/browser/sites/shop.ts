import { Module, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import helmet from 'helmet';
import { UpbondAuthModule } from 'nestjs-upbond-auth';
import { MeController } from '../../../src/api/me.controller.js';
import { HomeController } from '../../../src/pages/home.controller.js';
import { ProfileController } from '../../../src/pages/profile.controller.js';
import { StyleController } from '../../../src/pages/style.controller.js';
import type { TestCertificate } from '../../support/tls.js';
import { SHOP_SETTINGS, type ShopSettings } from './naive-login.js';
import { OrdersController } from './orders.controller.js';
import { PreloadingController } from './preloading.controller.js';
import { UnprotectedController } from './unprotected.controller.js';

/** Where the headers that restrict pages come from. */
export type SecurityHeaders = 'Nest' | 'Helmet';

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
  close(): Promise<void>;
}

export async function startShop(
  settings: ShopSettings,
  certificate: TestCertificate,
  headers: SecurityHeaders,
): Promise<Shop> {
  const app = await NestFactory.create<NestExpressApplication>(shopModule(settings), {
    httpsOptions: { key: certificate.key, cert: certificate.cert },
    forceCloseConnections: true,
    logger: false,
  });
  const requests: ShopRequest[] = [];
  app.use(recorder(requests));
  applyDefaults(app, headers);
  await app.listen(Number(new URL(settings.url).port), '127.0.0.1');
  return { ...settings, requests, close: () => app.close() };
}

function applyDefaults(app: INestApplication, headers: SecurityHeaders): void {
  if (headers === 'Nest') app.useSecurityHeaders();
  else app.use(helmet());
}

function shopModule({ url, loginUrl, clientId, clientSecret }: ShopSettings) {
  const login = UpbondAuthModule.forRoot({
    clientId,
    clientSecret,
    domain: loginUrl,
    redirectUri: `${url}/auth/callback`,
    scope: 'openid profile email wallet',
    sessionSecret: 'sLf3Jx9QmZ0vT7rYb2NcWq8KdHuEaP5G',
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
