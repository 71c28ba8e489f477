import type { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { Caller } from '../guard/caller.js';
import type { Line } from './connection.js';
import type { HandshakeRequest } from './handshake.js';
import type { Place } from './place.js';

/** What both libraries do with a client that wants to come in. */
export interface Door {
  /**
   * Who wants to connect, or nobody where nobody may.
   *
   * @throws UpbondAuthException for whoever may not; anything for a hook of the application that failed
   */
  identify(request: HandshakeRequest, place: Place, token?: unknown): Promise<Caller | undefined>;
  /** Lets a client in; answers what to call when it has gone. */
  enter(client: object, place: Place, line: Line, caller: Caller | undefined): () => void;
  /** What the client may know of why it is refused, and a line in the log. */
  refuse(error: unknown): UpbondAuthException | undefined;
}

/** What a client is told of a refusal, in the shape of Nest's own errors of gateways. */
export function refusalOf(code: string, message: string): object {
  return { status: 'error', code, message };
}
