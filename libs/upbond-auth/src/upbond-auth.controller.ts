import {
  Controller,
  Get,
  HttpCode,
  Inject,
  Post,
  Req,
  Res,
  type Type,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { LoginService } from './authorize/login.service.js';
import { CallbackService } from './callback/callback.service.js';
import { Public } from './decorators/public.decorator.js';
import { ExchangeService, type PlatformRequest } from './exchange/exchange.service.js';
import { acceptsHtml } from './exchange/navigation.js';
import { LogoutService } from './logout/logout.service.js';
import { PAGE_HEADERS, renderPage } from './pages/page.js';

/** The three routes of a login. Their paths are set when the application knows its global prefix. */
export interface UpbondAuthRoutes {
  login(request: PlatformRequest, response: unknown): Promise<void>;
  callback(request: PlatformRequest, response: unknown): Promise<void>;
  logout(request: PlatformRequest, response: unknown): void;
}

/**
 * A controller class of its own for each instance of the module, because Nest keeps the paths of a
 * controller on its class.
 */
export function createUpbondAuthController(): Type<UpbondAuthRoutes> {
  @Public()
  @Controller({ version: VERSION_NEUTRAL })
  class UpbondAuthController implements UpbondAuthRoutes {
    constructor(
      @Inject(ExchangeService) private readonly exchanges: ExchangeService,
      @Inject(LoginService) private readonly logins: LoginService,
      @Inject(CallbackService) private readonly callbacks: CallbackService,
      @Inject(LogoutService) private readonly logouts: LogoutService,
    ) {}

    @Get('login')
    async login(@Req() request: PlatformRequest, @Res() response: unknown): Promise<void> {
      const exchange = this.exchanges.of(request, response);
      exchange.forbidCaching();
      this.exchanges.redirect(response, await this.logins.start(exchange));
    }

    @Get('callback')
    async callback(@Req() request: PlatformRequest, @Res() response: unknown): Promise<void> {
      const exchange = this.exchanges.of(request, response);
      exchange.forbidCaching();
      // RFC 9700 §4.2.4: the address of this page holds the code
      exchange.setHeader('Referrer-Policy', 'no-referrer');
      this.exchanges.redirect(response, await this.callbacks.complete(exchange));
    }

    @Post('logout')
    @HttpCode(200)
    logout(@Req() request: PlatformRequest, @Res() response: unknown): void {
      const exchange = this.exchanges.of(request, response);
      const logoutUrl = this.logouts.end(exchange);
      if (!acceptsHtml(exchange.headers)) {
        this.exchanges.reply(response, { logoutUrl }, 200);
        return;
      }
      // Not a redirect: as the answer to a form post the policy form-action 'self' would block it
      for (const [name, value] of Object.entries(PAGE_HEADERS)) exchange.setHeader(name, value);
      this.exchanges.reply(response, signedOutPage(logoutUrl), 200);
    }
  }
  return UpbondAuthController;
}

function signedOutPage(logoutUrl: string): string {
  return renderPage({
    title: 'Signing out',
    text: 'You are signed out of this application. Signing out of UPBOND Login comes next.',
    link: { href: logoutUrl, label: 'Continue' },
    navigate: true,
  });
}
