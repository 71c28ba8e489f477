import type { UpbondAuthErrorCode } from '../errors/error-codes.js';
import type { Caller } from '../guard/caller.js';
import type { Place } from './place.js';

/** What a client is told before its connection ends: `{ expiresAt }`. */
const EXPIRING = 'upbond:expiring';
/** How long before, in seconds. */
const NOTICE_SECONDS = 60;

/** How long a client has to answer a closing, in seconds. */
const PATIENCE_SECONDS = 1;

/** The way to a client, whatever library it is connected by. */
export interface Line {
  send(event: string, data: object): void;
  /** Says why, and closes. */
  close(code: UpbondAuthErrorCode): void;
  /** Closes without waiting for the client. */
  destroy(): void;
}

/** A connection that was let in, until it closes. */
export class Connection {
  #caller: Caller | undefined;
  #hasNotice = false;
  #hasEnded = false;
  /** Seconds since the epoch. */
  #destroyAt: number | undefined;
  /** Whether a renewal is being looked at. */
  isRenewing = false;

  /** @param isAlive whether what proved the caller still counts */
  constructor(
    readonly place: Place,
    private readonly line: Line,
    caller: Caller | undefined,
    private readonly isAlive: (caller: Caller) => boolean,
  ) {
    this.#caller = caller;
  }

  /** Who it is from, as long as that counts. */
  get caller(): Caller | undefined {
    const caller = this.#caller;
    return caller && !this.#hasEnded && this.isAlive(caller) ? caller : undefined;
  }

  /** Ends it when its time has come, and says so a little before. */
  check(now: number): void {
    if (this.#hasEnded) return this.insist(now);
    const caller = this.#caller;
    if (!caller) return;
    if (!this.isAlive(caller)) return this.end(caller.session ? 'login_required' : 'invalid_token');
    if (this.#hasNotice || caller.expiresAt - now > NOTICE_SECONDS) return;
    this.#hasNotice = true;
    this.line.send(EXPIRING, { expiresAt: caller.expiresAt });
  }

  end(code: UpbondAuthErrorCode): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.line.close(code);
  }

  /** Goes on with a newer proof of the same caller. */
  renew(caller: Caller): void {
    this.#caller = caller;
    this.#hasNotice = false;
  }

  /** A client that does not answer the closing keeps its connection open otherwise. */
  private insist(now: number): void {
    this.#destroyAt ??= now + PATIENCE_SECONDS;
    if (now >= this.#destroyAt) this.line.destroy();
  }
}
