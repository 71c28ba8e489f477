import { Inject, Injectable } from '@nestjs/common';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { GraphqlCall } from '../exchange/graphql-call.js';
import { CallerEndService } from './caller-end.service.js';
import type { Caller } from './caller.js';
import { FORBIDDEN } from './graphql-close-codes.js';

/** Closes the connections of GraphQL when whoever uses them has ended. */
@Injectable()
export class GraphqlEndService {
  readonly #watched = new WeakSet<object>();

  constructor(@Inject(CallerEndService) private readonly ends: CallerEndService) {}

  /**
   * Once for each connection: its credentials stay what they were when it was opened.
   *
   * @throws UpbondAuthException `unsupported_context` when there is nothing that can be closed
   */
  closeWith({ connection, request }: Connected, caller: Caller): void {
    const key = connection ?? request;
    if (this.#watched.has(key)) return;
    const socket = request.raw?.socket ?? request.socket;
    if (!socket) {
      throw new UpbondAuthException('unsupported_context', { detail: 'no socket to close' });
    }
    this.#watched.add(key);
    // Who went meanwhile does not go again
    if (socket.destroyed) return;
    const stop = this.ends.watch(caller, () => {
      if (connection?.extra.socket) connection.extra.socket.close(...FORBIDDEN);
      else socket.destroy();
    });
    socket.once('close', stop);
  }
}

type Connected = Pick<GraphqlCall, 'connection' | 'request'>;
