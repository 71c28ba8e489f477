import { createLocalJWKSet, errors, type CryptoKey, type JSONWebKeySet } from 'jose';
import { joinOrBegin, waitFor, type Patience } from './waiting.js';

/** Where {@link JwksCache} takes its keys and its time from. */
export interface JwksSource {
  /** Rejects when the keys cannot be had; resolves with public keys only. */
  readonly fetchJwks: () => Promise<JSONWebKeySet>;
  /** Milliseconds, from any clock that does not go back. @default performance.now */
  readonly now?: () => number;
}

type KeySet = ReturnType<typeof createLocalJWKSet>;
type Arguments = Parameters<KeySet>;

const MINUTE = 60_000;
const FRESH = 10 * MINUTE;
const GOOD = 24 * 60 * MINUTE;
const RETRY = MINUTE / 2;
const COOL_DOWN = MINUTE / 2;

/**
 * The authorization server's keys: good for 10 minutes, and while it is down for a day. A `kid` that
 * is not among them forces one fetch, at most every 30 s; ordinary fetches do not count, so a key
 * that was rotated just before signing is found.
 */
export class JwksCache {
  readonly #fetchJwks: JwksSource['fetchJwks'];
  readonly #now: () => number;
  #keys: KeySet | undefined;
  #fetchedAt = 0;
  #retryAt = -Infinity;
  #forcedAt = -Infinity;
  #fetching: Promise<KeySet> | undefined;
  #forcing: Promise<KeySet> | undefined;

  constructor({ fetchJwks, now = () => performance.now() }: JwksSource) {
    this.#fetchJwks = fetchJwks;
    this.#now = now;
  }

  /**
   * The key for the header of a token.
   *
   * @throws UpbondAuthException `temporarily_unavailable` when there are no keys to look in
   * @throws errors.JWKSNoMatchingKey of `jose` when no key matches, also after a forced fetch
   * @throws errors.JWKSMultipleMatchingKeys of `jose`, which iterates over them
   */
  getKey(patience?: Patience): (...token: Arguments) => Promise<CryptoKey> {
    return async (...token) => {
      let keys: KeySet | undefined = await this.#current(patience);
      // The known keys, those of a fetch that was under way, those of a forced one
      for (let round = 0; keys && round < 3; round += 1) {
        const key = await find(keys, token);
        if (key) return key;
        keys = await this.#newerThan(keys, patience);
      }
      throw new errors.JWKSNoMatchingKey();
    };
  }

  /** Fetches because the known keys do not do; `false` while that is not allowed or no help. */
  async renew(patience?: Patience): Promise<boolean> {
    const keys = this.#keys;
    return keys !== undefined && (await this.#newerThan(keys, patience)) !== undefined;
  }

  async #current(patience: Patience | undefined): Promise<KeySet> {
    const age = this.#now() - this.#fetchedAt;
    const known = age < GOOD ? this.#keys : undefined;
    if (known && (age < FRESH || this.#now() < this.#retryAt)) return known;
    if (!known) return joinOrBegin(this.#fetching, () => this.#fetch(), patience);
    return waitFor(this.#fetch(), patience).catch(() => known);
  }

  async #newerThan(keys: KeySet, patience: Patience | undefined): Promise<KeySet | undefined> {
    if (this.#fetching && !this.#forcing) await waitFor(this.#fetching, patience).catch(() => {});
    if (this.#keys !== keys) return this.#keys;
    if (!this.#forcing && this.#now() - this.#forcedAt < COOL_DOWN) return undefined;
    return waitFor((this.#forcing ??= this.#force()), patience);
  }

  #force(): Promise<KeySet> {
    this.#forcedAt = this.#now();
    return this.#fetch().finally(() => {
      this.#forcing = undefined;
    });
  }

  #fetch(): Promise<KeySet> {
    this.#fetching ??= this.#ask().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #ask(): Promise<KeySet> {
    this.#retryAt = this.#now() + RETRY;
    const keys = createLocalJWKSet(await this.#fetchJwks());
    this.#keys = keys;
    this.#fetchedAt = this.#now();
    return keys;
  }
}

async function find(keys: KeySet, token: Arguments): Promise<CryptoKey | undefined> {
  try {
    return await keys(...token);
  } catch (error) {
    const isAnswer =
      error instanceof errors.JWKSMultipleMatchingKeys || error instanceof errors.JOSENotSupported;
    if (isAnswer) throw error;
    // No match, or the one that matches cannot be imported
    return undefined;
  }
}
