import {
  Controller,
  Get,
  Post,
  Sse,
  type CustomDecorator,
  type ModuleMetadata,
  type Type,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import {
  Field,
  ID,
  Mutation,
  ObjectType,
  Query,
  ResolveField,
  Resolver,
  Subscription,
} from '@nestjs/graphql';
import { MessagePattern } from '@nestjs/microservices';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  Claims,
  Credentials,
  CurrentUser,
  Permissions,
  Public,
  Roles,
  Scopes,
  StepUp,
  UpbondGuard,
} from 'nestjs-upbond-auth';
import { of } from 'rxjs';
import type { Library } from '../sockets/gateways.js';
import { graphqlModule } from '../walk/sample/graphql.js';
import type { DecoratorName } from './rules.js';

/** What each handler is marked with. */
const MARKS: Record<DecoratorName, CustomDecorator | undefined> = {
  guarded: undefined,
  open: Public(),
  scope: Scopes('read:contacts'),
  anyScope: Scopes('read:contacts', 'admin', { mode: 'any' }),
  permission: Permissions('contacts:write'),
  role: Roles('admin'),
  claims: Claims((user) => user.email_verified === true),
  session: Credentials('session'),
  bearer: Credentials('bearer'),
  stepUp: StepUp({ acrValues: ['gold'], maxAgeSeconds: 300 }),
};

const NAMES = Object.keys(MARKS) as DecoratorName[];

type Handler = (sub?: string) => unknown;

/** Adds a method as if it stood in the class: `name(@CurrentUser('sub') sub?: string)`. */
function addMethod(type: Type, name: string, handler: Handler, ...marks: MethodDecorator[]): void {
  const prototype = type.prototype as object;
  const descriptor = { value: handler, writable: true, configurable: true };
  Object.defineProperty(prototype, name, descriptor);
  CurrentUser('sub')(prototype, name, 0);
  for (const mark of marks) mark(prototype, name, descriptor);
}

/** Adds one handler for each decorator. */
function addAll(type: Type, route: (name: DecoratorName) => MethodDecorator, handler = answers) {
  for (const name of NAMES) {
    addMethod(type, name, handler(name), route(name), ...[MARKS[name] ?? []].flat());
  }
}

const whoIs = (sub?: string) => ({ sub: sub ?? 'nobody' });
const answers =
  (_name: string): Handler =>
  (sub) =>
    whoIs(sub);
const says =
  (_name: string): Handler =>
  (sub) =>
    sub ?? 'nobody';

@Controller()
class Routes {}
addAll(Routes, (name) => Get(`get/${name}`));

@Controller()
class PostedRoutes {}
addAll(PostedRoutes, (name) => Post(`post/${name}`));

@Controller()
class Streams {}
addAll(
  Streams,
  (name) => Sse(`sse/${name}`),
  () => (sub) => of({ data: whoIs(sub) }),
);

@Controller()
class Packets {}
addAll(Packets, (name) => MessagePattern(`matrix.${name}`));

@ObjectType()
class Item {
  @Field(() => ID)
  id!: string;
}

@Resolver()
class Queries {
  @Public()
  @Query(() => Item)
  item() {
    return { id: '1' };
  }
}
addAll(Queries, () => Query(() => String), says);

@Resolver()
class Mutations {}
addAll(Mutations, () => Mutation(() => String), says);

@Resolver(() => Item)
class Fields {}
addAll(Fields, () => ResolveField(() => String, { nullable: true }), says);

@Resolver()
class Subscriptions {}
addAll(
  Subscriptions,
  () => Subscription(() => String),
  (name) =>
    async function* (sub) {
      yield { [name]: sub ?? 'nobody' };
    },
);

function at(library: Library, place: string): ClassDecorator {
  return WebSocketGateway(library === 'ws' ? { path: `/${place}` } : { namespace: place });
}

const said =
  (name: string): Handler =>
  (sub) => ({ event: name, data: whoIs(sub) });

/** Each decorator on the class of a gateway, and on a message of one; a public message has its own. */
function gatewaysFor(library: Library): Type[] {
  const marked = NAMES.map((name) => {
    @at(library, `gateway/${name}`)
    class MarkedGateway {}
    MARKS[name]?.(MarkedGateway);
    addMethod(MarkedGateway, 'call', said('call'), SubscribeMessage('call'));
    return MarkedGateway;
  });
  const messages = NAMES.map((name) => {
    @at(library, `message/${name}`)
    class MessageGateway {}
    addMethod(
      MessageGateway,
      'call',
      said('call'),
      SubscribeMessage('call'),
      ...[MARKS[name] ?? []].flat(),
    );
    return MessageGateway;
  });
  return [...marked, ...messages];
}

/** With the adapter of socket.io everything but `ws`, with that of `ws` its gateways alone. */
export function matrixModule(library: Library): ModuleMetadata {
  const guard = { provide: APP_GUARD, useExisting: UpbondGuard };
  const gateways = gatewaysFor(library);
  if (library === 'ws') return { providers: [guard, ...gateways] };
  return {
    imports: [graphqlModule(['guards'])],
    controllers: [Routes, PostedRoutes, Streams, Packets],
    providers: [guard, ...gateways, Queries, Mutations, Fields, Subscriptions],
  };
}
