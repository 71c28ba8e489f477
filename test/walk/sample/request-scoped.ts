import { Controller, Get, Injectable, Scope, Sse, UseInterceptors } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import { SubscribeMessage } from '@nestjs/websockets';
import { Public } from 'nestjs-upbond-auth';
import { of } from 'rxjs';
import type { Library } from '../../sockets/gateways.js';
import { at } from './gateways.js';
import { once } from './graphql.js';
import { Witness } from './witness.js';

// Nest makes these anew for each call, and calls them by a way of its own

@UseInterceptors(Witness)
@Controller({ path: 'carts', scope: Scope.REQUEST })
export class CartsController {
  @Get()
  list() {
    return [];
  }

  @Public()
  @Get('offers')
  offers() {
    return [];
  }

  @Sse('changes')
  changes() {
    return of({ data: {} });
  }

  @MessagePattern('carts.list')
  answer() {
    return [];
  }

  @Public()
  @MessagePattern('carts.offers')
  answerOffers() {
    return [];
  }

  @EventPattern('cart.changed')
  changed(@Payload() _cart: unknown) {}
}

@Injectable({ scope: Scope.REQUEST })
@Resolver()
export class CartsResolver {
  @Query(() => String)
  cart() {
    return 'a cart';
  }

  @Public()
  @Query(() => String)
  cartOffer() {
    return 'an offer';
  }

  @Mutation(() => Boolean)
  emptyCart() {
    return true;
  }

  @Subscription(() => String)
  cartChanged() {
    return once('cartChanged');
  }
}

export function cartsGatewayFor(library: Library) {
  @Injectable({ scope: Scope.REQUEST })
  @at(library, 'carts')
  class CartsGateway {
    @SubscribeMessage('mine')
    mine() {
      return { event: 'mine', data: {} };
    }

    @Public()
    @SubscribeMessage('offers')
    offers() {
      return { event: 'offers', data: {} };
    }
  }
  return CartsGateway;
}
