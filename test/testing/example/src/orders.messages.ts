// src/orders.messages.ts
import { Controller, UseGuards } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { CurrentUser, Scopes, UpbondGuard } from 'nestjs-upbond-auth';

@UseGuards(UpbondGuard)
@Controller()
export class OrdersMessages {
  @Scopes('read:orders')
  @MessagePattern('orders.list')
  list(@CurrentUser('sub') sub: string) {
    return [{ owner: sub }];
  }
}
