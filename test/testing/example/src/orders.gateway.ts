// src/orders.gateway.ts
import { UseGuards } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { CurrentUser, Scopes, UpbondGuard } from 'nestjs-upbond-auth';

@UseGuards(UpbondGuard)
@WebSocketGateway()
export class OrdersGateway {
  @Scopes('read:orders')
  @SubscribeMessage('list')
  list(@CurrentUser('sub') sub: string) {
    return [{ owner: sub }];
  }
}
