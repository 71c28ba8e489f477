import { Controller, Get, Header, UseGuards } from '@nestjs/common';
import { CurrentUser, Public, UpbondGuard, type UpbondUser } from 'nestjs-upbond-auth';
import { homePage } from './home.page.js';

/** The start page: open to everybody, and it knows who is signed in. */
@UseGuards(UpbondGuard)
@Controller()
export class HomeController {
  @Public()
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  // Otherwise the back button would show a signed-in visitor the page from before the login
  @Header('Cache-Control', 'private, no-store')
  home(@CurrentUser() user?: UpbondUser): string {
    return homePage(user);
  }
}
