import type { Exchange } from '../exchange/exchange.js';
import type { HeldTokens } from '../tokens/held-tokens.js';
import type { Session } from './session.js';

/** How sessions are kept: sealed into cookies, or in a store. */
export interface Sessions {
  /** Gives a new session to this browser and ends the one it had. */
  begin(exchange: Exchange, session: Session): Promise<void> | void;
  /**
   * The session of a request, prolonged when that is due.
   *
   * @param mayWrite whether cookies may be set: not on an answer that the application could let caches
   * keep. @default true
   */
  read(exchange: Exchange, mayWrite?: boolean): Promise<Session | undefined> | Session | undefined;
  /** Whether new tokens of a session could be kept, now and from this request. */
  canKeepTokens(exchange: Exchange): boolean;
  /**
   * Keeps new tokens of the session of a request, unless it has newer ones. Answers what is kept, or
   * nothing if the session has ended in the meantime.
   */
  keepTokens(
    exchange: Exchange,
    session: Session,
    tokens: HeldTokens,
  ): Promise<Session | undefined>;
  /** Ends the session of this browser and answers what it was. Never fails because of a store. */
  end(exchange: Exchange): Promise<Session | undefined>;
}

/** What sessions need to know of what ended before its time. */
export interface SessionRevocations {
  /** Whether a session that opened was ended from outside. Neither I/O nor cryptography. */
  isRevoked(session: Session): boolean;
  /** Learns what other processes have ended until now. Never rejects. */
  catchUp(): Promise<void>;
  /** Ends the session with this digest. Never rejects: what fails is tried again. */
  end(id: string): Promise<void>;
}
