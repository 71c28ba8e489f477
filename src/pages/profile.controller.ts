import { Controller, Get, Header, UseGuards } from '@nestjs/common';
import { CurrentUser, UpbondGuard, type UpbondUser } from 'nestjs-upbond-auth';
import { profilePage } from './profile.page.js';

/** A page for signed-in people: everybody else signs in first and then lands here. */
@UseGuards(UpbondGuard)
@Controller('profile')
export class ProfileController {
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  profile(@CurrentUser() user: UpbondUser): string {
    return profilePage(user);
  }
}
