import { Controller, Get, UseGuards } from '@nestjs/common';
import { CurrentUser, UpbondGuard, type UpbondUser } from 'nestjs-upbond-auth';

/** A JSON API: scripts without a session get 401, not a redirect. */
@UseGuards(UpbondGuard)
@Controller('api/me')
export class MeController {
  @Get()
  me(@CurrentUser() user: UpbondUser): UpbondUser {
    return user;
  }
}
