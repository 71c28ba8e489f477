// One process of an application behind a load balancer: run by test/support/run-typescript.mjs, told by
// its environment what to be. It ends with the test that started it.
import { Body, Controller, Get, Inject, Module, Post, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import {
  CurrentUser,
  Public,
  RedisSessionStore,
  RedisSharedMemory,
  SessionService,
  UpbondAuthModule,
  UpbondGuard,
  type UpbondUser,
} from 'nestjs-upbond-auth';

const { PROCESS_NAME, PUBLIC_URL, ISSUER_URL, REDIS_PORT, SESSION_MODE } = process.env;

// Everything, the library's clock included, can be moved from outside
const systemNow = Date.now;
let offsetSeconds = 0;

@Controller()
class Pages {
  constructor(@Inject(SessionService) private readonly sessions: SessionService) {}

  @Get()
  home() {
    return 'the public page';
  }

  @Public()
  @UseGuards(UpbondGuard)
  @Get('greeting')
  greeting(@CurrentUser() user?: UpbondUser) {
    return { process: PROCESS_NAME, sub: user?.sub ?? null };
  }

  @UseGuards(UpbondGuard)
  @Get('me')
  me(@CurrentUser() user: UpbondUser) {
    return { process: PROCESS_NAME, ...user };
  }

  /** What an operator does. */
  @Post('operator/revoke-all')
  async revokeAll(@Body('sub') sub: string) {
    await this.sessions.revokeAll(sub);
    return { process: PROCESS_NAME };
  }

  @Post('operator/clock')
  moveClock(@Body('offset') offset: string) {
    offsetSeconds = Number(offset);
    return { process: PROCESS_NAME, offsetSeconds };
  }
}

const redis = new Redis(Number(REDIS_PORT), '127.0.0.1');
redis.on('error', () => undefined);

@Module({
  imports: [
    UpbondAuthModule.forRoot({
      clientId: 'test-client',
      clientSecret: 'the-client-secret-of-the-test-client',
      sessionSecret: 'sLf3Jx9QmZ0vT7rYb2NcWq8KdHuEaP5G',
      redirectUri: `${PUBLIC_URL}/auth/callback`,
      domain: ISSUER_URL ?? '',
      sessionIdleSeconds: 60,
      loadUser: ({ user, id, idleExpiresAt }) => ({ ...user, sessionId: id, idleExpiresAt }),
      ...(SESSION_MODE === 'store'
        ? { sessionStore: new RedisSessionStore(redis) }
        : { sharedMemory: new RedisSharedMemory(redis) }),
    }),
  ],
  controllers: [Pages],
})
class ApplicationModule {}

process.on('disconnect', () => process.exit());
Date.now = () => systemNow() + offsetSeconds * 1000;
const app = await NestFactory.create(ApplicationModule, { logger: false });
await app.listen(0, '127.0.0.1');
const { port } = app.getHttpServer().address() as { port: number };
process.send?.({ port });
