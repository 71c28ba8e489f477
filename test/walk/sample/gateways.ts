import type { Type } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { Public, Scopes } from 'nestjs-upbond-auth';
import type { Library } from '../../sockets/gateways.js';

/** A gateway at a path of `ws`, or at a namespace of socket.io. */
export function at(library: Library, name: string): ClassDecorator {
  return WebSocketGateway(library === 'ws' ? { path: `/${name}` } : { namespace: name });
}

const answer = (event: string) => ({ event, data: {} });

export function gatewaysFor(library: Library): Type[] {
  @at(library, 'chat')
  class ChatGateway {
    @SubscribeMessage('history')
    history() {
      return answer('history');
    }

    @Scopes('chat:write')
    @SubscribeMessage('say')
    say() {
      return answer('say');
    }
  }

  @Public()
  @at(library, 'scores')
  class ScoresGateway {
    @SubscribeMessage('latest')
    latest() {
      return answer('latest');
    }

    @Scopes('scores:write')
    @SubscribeMessage('correct')
    correct() {
      return answer('correct');
    }
  }

  /** Everybody may connect, for the sake of one message. */
  @at(library, 'lobby')
  class LobbyGateway {
    @Public()
    @SubscribeMessage('tables')
    tables() {
      return answer('tables');
    }

    @SubscribeMessage('join')
    join() {
      return answer('join');
    }
  }

  return [ChatGateway, ScoresGateway, LobbyGateway];
}
