import type { ReceivedTokens } from '../authorization-server/token-endpoint.js';
import { waitFor } from '../authorization-server/waiting.js';
import { AskingPause } from './asking-pause.js';

/** What an {@link ApplicationToken} is made of. */
export interface ApplicationTokenSource {
  /** Asks the token endpoint; has a deadline of its own. */
  readonly ask: () => Promise<Pick<ReceivedTokens, 'accessToken' | 'expiresIn'>>;
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** Told when a token could not be renewed ahead of its expiry, and nobody else learns of it. */
  readonly onUnrenewed: (error: unknown) => void;
}

interface Held {
  readonly accessToken: string;
  /** From here on it is renewed, while it is still handed out. */
  readonly renewAt: number;
  /** From here on a call that begins with it could arrive too late. */
  readonly urgentAt: number;
  readonly expiresAt: number;
}

/** How long a token is kept whose answer does not say how long it lives, in seconds. */
const UNSAID_SECONDS = 300;
const RENEWAL_SECONDS = 60;
const URGENT_SECONDS = 10;

/** One access token of the application: renewed ahead of its expiry, by one request however many ask. */
export class ApplicationToken {
  readonly #source: ApplicationTokenSource;
  readonly #pause: AskingPause;
  #held: Held | undefined;
  #asking: Promise<string> | undefined;

  constructor(source: ApplicationTokenSource) {
    this.#source = source;
    this.#pause = new AskingPause(source.now);
  }

  /** @param signal lets this caller give up; the request that others share goes on */
  async get(signal?: AbortSignal): Promise<string> {
    const held = this.#good();
    if (!held) return this.#new(signal);
    const now = this.#source.now();
    if (now < held.renewAt || this.#isPausing()) return held.accessToken;
    const renewed = this.#renew();
    if (now < held.urgentAt) return held.accessToken;
    // A token that is still good is better than none, for a caller who gives up waiting, too
    return waitFor(renewed, signal).catch(
      (error: unknown) => this.#good()?.accessToken ?? Promise.reject(error),
    );
  }

  #good(): Held | undefined {
    return this.#held && this.#source.now() < this.#held.expiresAt ? this.#held : undefined;
  }

  #new(signal: AbortSignal | undefined): Promise<string> {
    if (!this.#asking) this.#pause.assertOver();
    return waitFor(this.#ask(), signal);
  }

  #isPausing(): boolean {
    return !this.#asking && this.#pause.isOn();
  }

  /** Nobody has to listen to this one. */
  #renew(): Promise<string> {
    if (this.#asking) return this.#asking;
    const renewed = this.#ask();
    renewed.catch(this.#source.onUnrenewed);
    return renewed;
  }

  #ask(): Promise<string> {
    this.#asking ??= this.#request().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #request(): Promise<string> {
    const { ask, now } = this.#source;
    // Before the request: its lifetime cannot have begun earlier
    const askedAt = now();
    try {
      const { accessToken, expiresIn = UNSAID_SECONDS } = await ask();
      this.#held = { accessToken, ...times(askedAt, expiresIn) };
      this.#pause.end();
      return accessToken;
    } catch (error) {
      this.#pause.begin(error);
      throw error;
    }
  }
}

function times(askedAt: number, lifeSeconds: number): Omit<Held, 'accessToken'> {
  const expiresAt = askedAt + lifeSeconds;
  const renewal = Math.min(RENEWAL_SECONDS, lifeSeconds / 10);
  return {
    renewAt: expiresAt - renewal,
    urgentAt: expiresAt - Math.min(URGENT_SECONDS, renewal / 2),
    expiresAt,
  };
}
