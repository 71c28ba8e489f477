import { UseGuards, type Type } from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  Credentials,
  CurrentUser,
  Public,
  Roles,
  Scopes,
  StepUp,
  UpbondGuard,
  type UpbondUser,
} from 'nestjs-upbond-auth';

/** Each suite runs over both. */
export const LIBRARIES = ['ws', 'socket.io'] as const;
export type Library = (typeof LIBRARIES)[number];

/** What `handleConnection` of each gateway was called with: names of gateways and subjects. */
export class Arrivals {
  readonly list: string[] = [];

  note(gateway: string, client: { readonly user?: { readonly sub?: string } }): void {
    this.list.push(`${gateway} ${client.user?.sub ?? 'nobody'}`);
  }
}

const answer = (event: string, data: object) => ({ event, data });

/** A gateway at a path of `ws`, or at a namespace of socket.io. */
function at(library: Library, name: string): ClassDecorator {
  if (library === 'ws') return WebSocketGateway({ path: `/${name}` });
  return name === '' ? WebSocketGateway() : WebSocketGateway({ namespace: name });
}

/** Gateways with one of each kind of rule, as an application would write them. */
export function gatewaysOf(library: Library, arrivals: Arrivals): Type[] {
  @UseGuards(UpbondGuard)
  @at(library, 'closed')
  class ClosedGateway {
    handleConnection(client: object) {
      arrivals.note('closed', client);
    }

    @SubscribeMessage('me')
    me(@CurrentUser() user: UpbondUser, @MessageBody() body: unknown) {
      return answer('me', { sub: user.sub, body, isFrozen: Object.isFrozen(user) });
    }

    @Scopes('read:contacts')
    @SubscribeMessage('scope')
    scope(@CurrentUser('sub') sub: string) {
      return answer('scope', { sub });
    }

    @Roles('admin')
    @SubscribeMessage('role')
    role() {
      return answer('role', {});
    }

    @Credentials('session')
    @SubscribeMessage('session')
    session() {
      return answer('session', {});
    }

    @StepUp({ maxAgeSeconds: 300 })
    @SubscribeMessage('step-up')
    stepUp() {
      return answer('step-up', {});
    }
  }

  @Public()
  @UseGuards(UpbondGuard)
  @at(library, 'open')
  class OpenGateway {
    handleConnection(client: object) {
      arrivals.note('open', client);
    }

    @SubscribeMessage('who')
    who(@CurrentUser('sub') sub?: string) {
      return answer('who', { sub: sub ?? null });
    }

    @Scopes('read:contacts')
    @SubscribeMessage('scope')
    scope() {
      return answer('scope', {});
    }
  }

  @UseGuards(UpbondGuard)
  @at(library, 'half')
  class HalfOpenGateway {
    handleConnection(client: object) {
      arrivals.note('half', client);
    }

    @Public()
    @SubscribeMessage('who')
    who(@CurrentUser('sub') sub?: string) {
      return answer('who', { sub: sub ?? null });
    }

    @SubscribeMessage('me')
    me(@CurrentUser('sub') sub: string) {
      return answer('me', { sub });
    }
  }

  @Roles('admin')
  @UseGuards(UpbondGuard)
  @at(library, 'admin')
  class AdminGateway {
    handleConnection(client: object) {
      arrivals.note('admin', client);
    }

    @SubscribeMessage('me')
    me(@CurrentUser('sub') sub: string) {
      return answer('me', { sub });
    }
  }

  @Credentials('bearer')
  @UseGuards(UpbondGuard)
  @at(library, 'bearer')
  class BearerGateway {
    @SubscribeMessage('me')
    me(@CurrentUser('sub') sub: string) {
      return answer('me', { sub });
    }
  }

  return [ClosedGateway, OpenGateway, HalfOpenGateway, AdminGateway, BearerGateway];
}
