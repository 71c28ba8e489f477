import { Controller, Get, Header, Param, Post, UseGuards } from '@nestjs/common';
import { CurrentUser, UpbondGuard, type UpbondUser } from 'nestjs-upbond-auth';

/** Who ordered something, in the order of arrival. */
export const orders: string[] = [];

/** Pages and an action of the shop, protected as the library's documentation says. */
@UseGuards(UpbondGuard)
@Controller('orders')
export class OrdersController {
  @Get(':id')
  @Header('Content-Type', 'text/html; charset=utf-8')
  show(@Param('id') id: string, @CurrentUser() user: UpbondUser): string {
    return `<!doctype html><title>Order</title><h1>Order ${Number(id)} of ${user.name}</h1>
<form method="post" action="/orders"><button>Order again</button></form>`;
  }

  @Post()
  place(@CurrentUser() user: UpbondUser): string {
    orders.push(`guarded: ${user.name}`);
    return 'Thank you for your order';
  }
}
