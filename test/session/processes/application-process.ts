// One process of an application behind a load balancer: run by test/support/run-typescript.mjs.
import { Body, Controller, Get, Inject, Module, Post, UseGuards } from '@nestjs/common';
import {
  CurrentUser,
  Public,
  SessionService,
  UpbondAuthModule,
  UpbondGuard,
  type UpbondUser,
} from 'nestjs-upbond-auth';
import { optionsOfProcess, PROCESS_NAME, serve } from './application.js';

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
}

@Module({
  imports: [
    UpbondAuthModule.forRoot({
      ...optionsOfProcess(),
      sessionIdleSeconds: 60,
      loadUser: ({ user, id, idleExpiresAt }) => ({ ...user, sessionId: id, idleExpiresAt }),
    }),
  ],
  controllers: [Pages],
})
class ApplicationModule {}

await serve(ApplicationModule);
