import type { Exchange } from '../exchange/exchange.js';
import type { Caller } from './caller.js';

/** What is known of a connection. */
export interface Connected {
  /** Who it is from at the moment of asking. */
  caller(): Caller | undefined;
  /** The request that opened it, when that brought a session. */
  readonly exchange: Exchange | undefined;
}

/**
 * Who each open connection is from. It is written where connections are let in; a client that is not in
 * it is nobody.
 */
export class ConnectedCallers {
  readonly #connected = new WeakMap<object, Connected>();

  set(client: object, connected: Connected): void {
    this.#connected.set(client, connected);
  }

  of(client: unknown): Connected | undefined {
    return typeof client === 'object' && client !== null ? this.#connected.get(client) : undefined;
  }
}
