import {
  Controller,
  Get,
  Inject,
  Post,
  Req,
  Res,
  type Type,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { LoginService } from './authorize/login.service.js';
import { CallbackService } from './callback/callback.service.js';
import type { ResponseMode } from './options/upbond-auth-options.js';
import { Public } from './decorators/public.decorator.js';
import type { Exchange } from './exchange/exchange.js';
import { formParameters, type RequestWithBody } from './exchange/form.js';
import { ExchangeService } from './exchange/exchange.service.js';
import type { PlatformRequest } from './exchange/platform-request.js';
import { acceptsHtml } from './exchange/navigation.js';
import { ProtectedResourceService } from './guard/protected-resource.service.js';
import { BackchannelLogoutService } from './logout/backchannel-logout.service.js';
import { logoutQuestion, signedOutPage, type LogoutPage } from './logout/logout-pages.js';
import { LogoutService } from './logout/logout.service.js';
import { PAGE_HEADERS } from './pages/page.js';

const METADATA_LIFETIME_SECONDS = 300;

type PostedRequest = PlatformRequest & RequestWithBody;

/** The routes of a login and of a logout. Their paths are set when the application knows its global prefix. */
export interface UpbondAuthRoutes {
  login(request: PlatformRequest, response: unknown): Promise<void>;
  callback(request: PlatformRequest, response: unknown): Promise<void>;
  /** The callback with `response_mode=form_post`. */
  postedCallback(request: PostedRequest, response: unknown): Promise<void>;
  /** A link to the logout route: signs out on a genuine click, else shows a button. */
  askToLogout(request: PostedRequest, response: unknown): Promise<void>;
  logout(request: PostedRequest, response: unknown): Promise<void>;
  backchannelLogout(request: PostedRequest, response: unknown): Promise<void>;
  /** What clients may know of this API; routed only where there is something to publish. */
  protectedResourceMetadata(request: PlatformRequest, response: unknown): Promise<void>;
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
      @Inject(BackchannelLogoutService)
      private readonly backchannelLogouts: BackchannelLogoutService,
      @Inject(ProtectedResourceService) private readonly resource: ProtectedResourceService,
    ) {}

    @Get('login')
    async login(@Req() request: PlatformRequest, @Res() response: unknown): Promise<void> {
      const exchange = this.exchanges.of(request, response);
      // The cookie of the transaction forbids caching
      this.exchanges.redirect(response, await this.logins.start(exchange));
    }

    @Get('callback')
    callback(@Req() request: PlatformRequest, @Res() response: unknown): Promise<void> {
      const exchange = this.exchanges.of(request, response);
      return this.complete(exchange, response, 'query', exchange.query);
    }

    @Post('callback')
    postedCallback(@Req() request: PostedRequest, @Res() response: unknown): Promise<void> {
      const exchange = this.exchanges.of(request, response);
      return this.complete(exchange, response, 'form_post', formParameters(request.body));
    }

    @Get('logout')
    askToLogout(@Req() request: PostedRequest, @Res() response: unknown): Promise<void> {
      return this.logout(request, response);
    }

    @Post('logout')
    async logout(@Req() request: PostedRequest, @Res() response: unknown): Promise<void> {
      const exchange = this.exchanges.of(request, response);
      exchange.forbidCaching();
      if (!this.logouts.isWanted(exchange)) return this.show(exchange, response, logoutQuestion());
      const logoutUrl = await this.logouts.end(exchange, request.body);
      if (acceptsHtml(exchange.headers)) this.show(exchange, response, signedOutPage(logoutUrl));
      else this.exchanges.reply(response, { logoutUrl }, 200);
    }

    @Post('backchannel-logout')
    async backchannelLogout(
      @Req() request: PostedRequest,
      @Res() response: unknown,
    ): Promise<void> {
      const { status, headers, body } = await this.backchannelLogouts.answer(request);
      const exchange = this.exchanges.of(request, response);
      for (const [name, value] of Object.entries(headers)) exchange.setHeader(name, value);
      this.exchanges.reply(response, body, status);
    }

    async protectedResourceMetadata(
      @Req() request: PlatformRequest,
      @Res() response: unknown,
    ): Promise<void> {
      const metadata = await this.resource.metadata();
      const exchange = this.exchanges.of(request, response);
      exchange.setHeader('Cache-Control', `public, max-age=${METADATA_LIFETIME_SECONDS}`);
      this.exchanges.reply(response, metadata, 200);
    }

    private async complete(
      exchange: Exchange,
      response: unknown,
      mode: ResponseMode,
      parameters: URLSearchParams,
    ): Promise<void> {
      exchange.forbidCaching();
      // RFC 9700 §4.2.4: the address of this page holds the code
      exchange.setHeader('Referrer-Policy', 'no-referrer');
      const location = await this.callbacks.complete(exchange, mode, parameters);
      this.exchanges.redirect(response, location, mode === 'query' ? 302 : 303);
    }

    private show(exchange: Exchange, response: unknown, page: LogoutPage): void {
      const headers = { ...PAGE_HEADERS, ...page.headers };
      for (const [name, value] of Object.entries(headers)) exchange.setHeader(name, value);
      this.exchanges.reply(response, page.html, 200);
    }
  }
  return UpbondAuthController;
}
