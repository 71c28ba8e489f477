import type { UpbondAuthErrorCode } from '../errors/error-codes.js';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { WantedToken } from './wanted-token.js';

const MAX_REMEMBERED = 10_000;
/** Without a word of the server: one second, then two, four and so on up to this. */
const LONGEST_GUESS_SECONDS = 30;
/** A server that asks for more is asked again after this, in seconds. */
const LONGEST_SECONDS = 3600;
/** For how long a token that was not granted, or cannot be kept, is not asked for again, in seconds. */
const VAIN_SECONDS = 60;
const VAIN = new Set<UpbondAuthErrorCode>(['audience_not_granted', 'session_too_large']);
/** A pause that the server asked for is for everybody. */
const EVERYBODY = '';

interface Pause {
  readonly until: number;
  readonly failures: number;
  readonly error: unknown;
}

/**
 * How long refreshes pause after one that failed, so that a server in trouble is left alone and every
 * request in the meantime gets its answer at once. Bounded: the oldest pauses are forgotten first.
 */
export class RefreshPauses {
  readonly #pauses = new Map<string, Pause>();

  constructor(private readonly now: () => number) {}

  /** Throws what the last try threw, while its pause lasts. */
  assertOver(key: string, wanted: WantedToken): void {
    for (const name of [EVERYBODY, key, nameOf(key, wanted)]) {
      const pause = this.#pauses.get(name);
      if (pause && this.now() < pause.until) throw this.#refusal(pause);
    }
  }

  succeeded(key: string): void {
    this.#pauses.delete(key);
  }

  failed(key: string, wanted: WantedToken, error: unknown): void {
    const code = error instanceof UpbondAuthException ? error.code : undefined;
    // The session ends, or goes on with another refresh token
    if (code === 'invalid_grant') return;
    if (code && VAIN.has(code)) return this.#set(nameOf(key, wanted), VAIN_SECONDS, 1, error);
    // RFC 9110 §10.2.3
    const asked = error instanceof UpbondAuthException ? error.retryAfterSeconds : undefined;
    if (asked !== undefined && asked > 0)
      return this.#set(EVERYBODY, Math.min(asked, LONGEST_SECONDS), 1, error);
    const failures = (this.#pauses.get(key)?.failures ?? 0) + 1;
    this.#set(key, Math.min(2 ** (failures - 1), LONGEST_GUESS_SECONDS), failures, error);
  }

  #set(name: string, seconds: number, failures: number, error: unknown): void {
    this.#pauses.delete(name);
    this.#pauses.set(name, { until: this.now() + seconds, failures, error });
    if (this.#pauses.size <= MAX_REMEMBERED) return;
    const [oldest] = this.#pauses.keys();
    if (oldest !== undefined) this.#pauses.delete(oldest);
  }

  #refusal({ until, error }: Pause): unknown {
    if (error instanceof UpbondAuthException && VAIN.has(error.code)) return error;
    const seconds = String(Math.max(1, Math.ceil(until - this.now())));
    return new UpbondAuthException('temporarily_unavailable', {
      detail: 'no refresh is tried at the moment, because the last one failed',
      cause: error,
      headers: { 'Retry-After': seconds },
    });
  }
}

function nameOf(key: string, { audience = '', scope }: WantedToken): string {
  return JSON.stringify([key, audience, scope]);
}
