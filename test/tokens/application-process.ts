// One process of an application that uses access tokens: run by test/support/run-typescript.mjs.
import { createHash } from 'node:crypto';
import { Controller, Get, Module, UseGuards } from '@nestjs/common';
import { AccessToken, CurrentUser, UpbondAuthModule, UpbondGuard } from 'nestjs-upbond-auth';
import { optionsOfProcess, PROCESS_NAME, serve } from '../session/processes/application.js';

/** What `GET /token` and `GET /held` answer. The token itself stays on the server. */
export interface TokenAnswer {
  readonly process: string | undefined;
  readonly sessionId: string;
  /** SHA-256 of the access token, base64url. */
  readonly digest: string;
  /** When it expires, in seconds since the epoch. */
  readonly expiresAt: number | undefined;
  /** The time by this process's clock, in seconds since the epoch. */
  readonly now: number;
}

type TokenUser = Pick<TokenAnswer, 'sessionId' | 'expiresAt'> & { readonly accessToken: string };

@UseGuards(UpbondGuard)
@Controller()
class TokenController {
  /** A token that works, refreshed if need be. */
  @Get('token')
  token(@AccessToken() accessToken: string, @CurrentUser() user: TokenUser): TokenAnswer {
    return answer(user, accessToken);
  }

  /** The token that the session holds, expired or not. */
  @Get('held')
  held(@CurrentUser() user: TokenUser): TokenAnswer {
    return answer(user, user.accessToken);
  }
}

function answer({ sessionId, expiresAt }: TokenUser, accessToken: string): TokenAnswer {
  const digest = createHash('sha256').update(accessToken).digest('base64url');
  return { process: PROCESS_NAME, sessionId, digest, expiresAt, now: Date.now() / 1000 };
}

@Module({
  imports: [
    UpbondAuthModule.forRoot({
      ...optionsOfProcess(),
      scope: 'openid email offline_access',
      // Longer than the lease, for the server that is slower than it
      deadlineSeconds: 15,
      loadUser: ({ id, tokenSet: { accessToken, expiresAt } }): TokenUser => ({
        sessionId: id,
        accessToken,
        expiresAt,
      }),
    }),
  ],
  controllers: [TokenController],
})
class ApplicationModule {}

await serve(ApplicationModule);
