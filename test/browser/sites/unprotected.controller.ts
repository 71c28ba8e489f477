import {
  All,
  Body,
  Controller,
  Get,
  Inject,
  Param,
  Post,
  Query,
  Redirect,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { CurrentUser, UpbondGuard, type UpbondUser } from 'nestjs-upbond-auth';
import { orders } from './orders.controller.js';
import { exchangeWithoutChecks, SHOP_SETTINGS, type ShopSettings } from './naive-login.js';

const DEMO_COOKIE = { httpOnly: true, secure: true, sameSite: 'none', path: '/' } as const;

/**
 * What an application without the library's protections might do: each route has exactly one hole, so
 * that a test can show the attack working before it shows it refused.
 */
@Controller('unprotected')
export class UnprotectedController {
  constructor(@Inject(SHOP_SETTINGS) private readonly settings: ShopSettings) {}

  /** Believes every code, because it binds no login to a browser. */
  @Get('callback')
  async callback(@Query('code') code: string, @Res() response: Response): Promise<void> {
    const name = await exchangeWithoutChecks(this.settings, code);
    response.cookie('unprotected-user', name, DEMO_COOKIE).redirect('/unprotected/account');
  }

  /** The same for a response that is posted. */
  @Post('callback')
  async postedCallback(@Body('code') code: string, @Res() response: Response): Promise<void> {
    await this.callback(code, response);
  }

  /** Keeps the session in a cookie that always has the same name. */
  @Get('sign-in/:name')
  signIn(@Param('name') name: string, @Res() response: Response): void {
    response.cookie('unprotected-user', name, DEMO_COOKIE).send(page(`Signed in as ${name}`));
  }

  /** Prolongs the session by setting its cookie again. */
  @Get('rolling')
  roll(@Req() request: Request, @Res() response: Response): void {
    const name = userOf(request) ?? 'nobody';
    response.cookie('unprotected-user', name, DEMO_COOKIE).send(page(`Signed in as ${name}`));
  }

  /** Signs out for every request, whoever made it. */
  @All('sign-out')
  signOut(@Res() response: Response): void {
    response.clearCookie('unprotected-user', DEMO_COOKIE).send(page('Signed out'));
  }

  /** Recognises people by the cookie alone. */
  @Get('account')
  account(@Req() request: Request): string {
    return page(`Signed in as ${userOf(request) ?? 'nobody'}`);
  }

  /** Changes something for whoever the cookie names, whichever site the request came from. */
  @Post('orders')
  order(@Req() request: Request): string {
    const user = userOf(request);
    if (user) orders.push(`unprotected: ${user}`);
    return page(user ? 'Thank you for your order' : 'Sign in first');
  }

  /** Starts a login for every GET, prefetched or not. */
  @Get('login')
  login(@Res() response: Response): void {
    response.cookie('unprotected-login', 'started', DEMO_COOKIE).send('Off to the login page');
  }

  @Get('logout')
  logoutForm(): string {
    return page('Log out?', '<form method="post"><button>Log out</button></form>');
  }

  /** Answers a form post by a redirect to another origin. */
  @Post('logout')
  @Redirect()
  logout(): { url: string; statusCode: number } {
    return { url: `${this.settings.loginUrl}/v2/logout`, statusCode: 303 };
  }

  /** A guarded page that lets the browser keep it. */
  @UseGuards(UpbondGuard)
  @Get('cached')
  cached(@CurrentUser() user: UpbondUser, @Res({ passthrough: true }) response: Response): string {
    response.setHeader('Cache-Control', 'private, max-age=600');
    response.removeHeader('Vary');
    return page(`Kept by the browser: ${user.name}`);
  }

  /** A guarded page without the headers that forbid framing. */
  @UseGuards(UpbondGuard)
  @Get('framed')
  framed(@CurrentUser() user: UpbondUser, @Res({ passthrough: true }) response: Response): string {
    response.removeHeader('X-Frame-Options');
    response.removeHeader('Content-Security-Policy');
    return page(`In a frame: ${user.name}`);
  }
}

function userOf(request: Request): string | undefined {
  const [, name] = /(?:^|; )unprotected-user=([^;]*)/.exec(request.headers.cookie ?? '') ?? [];
  return name && decodeURIComponent(name);
}

function page(title: string, body = ''): string {
  return `<!doctype html><title>${title}</title><h1>${title}</h1>${body}`;
}
