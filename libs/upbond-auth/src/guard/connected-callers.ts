import type { Caller } from './caller.js';

/**
 * Who each open connection is from. It is written where connections are let in; a client that is not in
 * it is nobody.
 */
export class ConnectedCallers {
  readonly #callers = new WeakMap<object, () => Caller | undefined>();

  /** @param caller who it is from at the moment of asking */
  set(client: object, caller: () => Caller | undefined): void {
    this.#callers.set(client, caller);
  }

  of(client: unknown): Caller | undefined {
    return typeof client === 'object' && client !== null
      ? this.#callers.get(client)?.()
      : undefined;
  }
}
