import { Controller, Get } from '@nestjs/common';

/** A page of the shop with a link that signs out. */
@Controller('logout-link')
export class LogoutLinkController {
  @Get()
  show(): string {
    return '<!doctype html><title>Link</title><h1>Link</h1><a href="/auth/logout">Sign out</a>';
  }
}
