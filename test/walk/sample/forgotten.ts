import {
  Controller,
  Get,
  Sse,
  UseGuards,
  UseInterceptors,
  type ModuleMetadata,
} from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { SubscribeMessage } from '@nestjs/websockets';
import { Public, Scopes, UpbondGuard } from 'nestjs-upbond-auth';
import { of } from 'rxjs';
import type { Library } from '../../sockets/gateways.js';
import { at } from './gateways.js';
import { Witness } from './witness.js';

/**
 * An application without `APP_GUARD`, whose author has bound the guard here and there. What it forgets
 * looks as if it were closed.
 */
export function forgetfulModule(library: Library): ModuleMetadata {
  @UseGuards(UpbondGuard)
  @Controller('guarded')
  class GuardedController {
    @Get()
    list() {
      return [];
    }

    @MessagePattern('guarded')
    answer() {
      return true;
    }
  }

  @UseInterceptors(Witness)
  @Controller('forgotten')
  class ForgottenController {
    @UseGuards(UpbondGuard)
    @Get()
    list() {
      return [];
    }

    @Scopes('catalogue:write')
    @Get('one')
    one() {
      return {};
    }

    @Sse('stream')
    stream() {
      return of({ data: {} });
    }

    @MessagePattern('forgotten')
    answer() {
      return true;
    }

    @EventPattern('forgotten.event')
    happened(@Payload() _data: unknown) {}
  }

  /** Who may connect is not up to the guard, what they may say is. */
  @at(library, 'forgotten')
  class ForgottenGateway {
    @Public()
    @SubscribeMessage('hello')
    hello() {
      return { event: 'hello', data: {} };
    }

    @SubscribeMessage('secrets')
    secrets() {
      return { event: 'secrets', data: {} };
    }
  }

  @at(library, 'members')
  class MembersGateway {
    @SubscribeMessage('list')
    list() {
      return { event: 'list', data: {} };
    }
  }

  return {
    controllers: [GuardedController, ForgottenController],
    providers: [Witness, ForgottenGateway, MembersGateway],
  };
}

/** What answers nobody at all would look closed to a walk that asks once. */
@Controller('broken')
export class BrokenController {
  @Get()
  list(): never {
    throw new Error('not here');
  }

  @MessagePattern('broken')
  answer(): never {
    throw new Error('not here');
  }
}
