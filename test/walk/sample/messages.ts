import { Controller, UseInterceptors } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { Public, Roles } from 'nestjs-upbond-auth';
import { Witness } from './witness.js';

@UseInterceptors(Witness)
@Controller()
export class OrderMessages {
  @MessagePattern('orders.list')
  list() {
    return [];
  }

  @MessagePattern({ area: 'orders', does: 'cancel' })
  cancel() {
    return true;
  }

  @Public()
  @MessagePattern('orders.prices')
  prices() {
    return [];
  }

  @EventPattern('order.placed')
  placed(@Payload() _order: unknown) {}

  @Public()
  @EventPattern('order.viewed')
  viewed(@Payload() _order: unknown) {}
}

@Public()
@UseInterceptors(Witness)
@Controller()
export class HealthMessages {
  @MessagePattern('health')
  health() {
    return 'fine';
  }

  @Roles('admin')
  @EventPattern('health.reset')
  reset(@Payload() _reason: unknown) {}
}

export const MESSAGES = [OrderMessages, HealthMessages];
