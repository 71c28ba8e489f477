import { randomUUID } from 'node:crypto';
import { unavailable } from '../authorization-server/unavailable.js';
import { hasCode, UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { LeasedRecords } from '../shared-memory/leased-records.js';
import type { HeldTokens } from './held-tokens.js';
import { Lease } from './lease.js';
import { RefreshPauses } from './refresh-pauses.js';
import { RefreshRecord } from './refresh-record.js';
import { isSameWish, longestLife, sufficient, type WantedToken } from './wanted-token.js';

/** Asks the authorization server for new tokens (RFC 6749 §6). */
export interface RefreshGrant {
  /** Spends the refresh token that is held; the tokens that come of it have this number. */
  refresh(held: HeldTokens, wanted: WantedToken, refreshNumber: number): Promise<HeldTokens>;
}

/** What the coordinator works with. */
export interface RefreshParts {
  readonly grant: RefreshGrant;
  /** What this process remembers. */
  readonly local: LeasedRecords;
  /** What all processes remember, where there is a shared memory. */
  readonly shared: LeasedRecords | undefined;
  /** Keeps instances of the module apart. */
  readonly label: string;
  /** How long to wait for the refresh of another process, in seconds. */
  readonly patienceSeconds: number;
  /** How long a result is remembered at most, in seconds. */
  readonly memorySeconds: number;
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** Waits for some seconds. */
  readonly sleep: (seconds: number) => Promise<void>;
}

/** What one refresh further is, and for which wish. */
interface Next {
  readonly wanted: WantedToken;
  readonly tokens: HeldTokens;
  /** Whether it was made now, not remembered. */
  readonly isRefreshed: boolean;
}

interface Running {
  readonly wanted: WantedToken;
  readonly next: Promise<Next>;
}

/** More refreshes than this for one request would be a circle; a page may ask for many tokens at once. */
const MOST_STEPS = 100;
/** Answers with the one result and with the next reach a browser in any order: both are remembered. */
const SAME_TIME_MILLISECONDS = 60_000;
/** Between two looks at a record that another process works on, in seconds. */
const FIRST_LOOK = 0.02;
const LAST_LOOK = 0.25;

/**
 * Gets newer tokens for a session: one token call for each refresh token, however many requests in
 * however many processes ask, and its result for all of them.
 *
 * Spending a refresh token leaves a record: the tokens that came of it, filed under a digest of the old
 * refresh token and sealed with it. Who comes with the old token finds the record instead of spending it
 * again, which a server with rotation takes for theft and answers by ending the session (RFC 9700
 * §4.14.2). One process at a time may spend, by a lease on the record; and the lease has a fencing
 * number, so that who held it for too long cannot overwrite what is newer.
 */
export class RefreshCoordinator {
  readonly #parts: RefreshParts;
  readonly #pauses: RefreshPauses;
  /** Refreshes of this process, by the key of their record. */
  readonly #running = new Map<string, Running>();

  constructor(parts: RefreshParts) {
    this.#parts = parts;
    this.#pauses = new RefreshPauses(parts.now);
  }

  /**
   * Tokens with the wanted one among them: those that are held, what has come of them already, or what
   * comes of a new refresh.
   *
   * @throws UpbondAuthException `refresh_token_missing`, `temporarily_unavailable`, or what the grant throws
   */
  async obtain(held: HeldTokens, wanted: WantedToken): Promise<HeldTokens> {
    let newest = held;
    for (let step = 0; step < MOST_STEPS; step++) {
      if (sufficient(newest, wanted, this.#parts.now())) return newest;
      const next = await this.#next(newest, wanted);
      // What was refreshed for this very wish is as good as it gets
      if (next.isRefreshed && isSameWish(next.wanted, wanted)) return next.tokens;
      newest = next.tokens;
    }
    return newest;
  }

  /** The newest tokens that these have become, as far as that is remembered. No token call. */
  async newest(held: HeldTokens): Promise<HeldTokens> {
    let newest = held;
    for (let step = 0; step < MOST_STEPS; step++) {
      const record = this.#recordOf(newest);
      const next = record && (await this.#recall(record, newest));
      if (!next) break;
      newest = next;
    }
    return newest;
  }

  /** Leaves a wish alone for a while whose fulfilment was of no use. */
  holdOff(held: HeldTokens, wanted: WantedToken, error: unknown): void {
    const record = this.#recordOf(held);
    if (record) this.#pauses.failed(record.key, wanted, error);
  }

  /** One refresh further. It is shared by all who wait for it, and goes on when they leave. */
  async #next(held: HeldTokens, wanted: WantedToken): Promise<Next> {
    const record = this.#recordOf(held);
    if (!record) throw new UpbondAuthException('refresh_token_missing');
    const running = this.#running.get(record.key);
    if (!running) return this.#begin(record, held, wanted);
    if (isSameWish(running.wanted, wanted)) return running.next;
    // It was begun for somebody else, who may have wanted what is not granted
    return running.next.catch(() => this.#next(held, wanted));
  }

  #begin(record: RefreshRecord, held: HeldTokens, wanted: WantedToken): Promise<Next> {
    const next = this.#adoptOrRefresh(record, held, wanted).finally(() =>
      this.#running.delete(record.key),
    );
    this.#running.set(record.key, { wanted, next });
    return next;
  }

  async #adoptOrRefresh(
    record: RefreshRecord,
    held: HeldTokens,
    wanted: WantedToken,
  ): Promise<Next> {
    const known = await this.#recallFrom(this.#parts.local, record, held);
    if (known) return { wanted, tokens: known, isRefreshed: false };
    const found = await this.#foundInPause(record, held, wanted);
    if (found) return { wanted, tokens: found, isRefreshed: false };
    const turn = await this.#waitForTurn(record, held);
    if (!(turn instanceof Lease)) return { wanted, tokens: turn, isRefreshed: false };
    const tokens = await this.#refresh(turn, record, held, wanted);
    return { wanted, tokens, isRefreshed: true };
  }

  /** A pause of this process does not keep it from what another one has got meanwhile. */
  async #foundInPause(record: RefreshRecord, held: HeldTokens, wanted: WantedToken) {
    try {
      this.#pauses.assertOver(record.key, wanted);
      return undefined;
    } catch (error) {
      const found = await this.#recall(record, held).catch(() => undefined);
      if (found) return found;
      throw error;
    }
  }

  /** The right to spend the refresh token, or the tokens for which somebody else has spent it. */
  async #waitForTurn(record: RefreshRecord, held: HeldTokens): Promise<Lease | HeldTokens> {
    const owner = randomUUID();
    let pause = FIRST_LOOK;
    const begun = performance.now();
    const isPatient = (waited: number) =>
      Math.max(waited, (performance.now() - begun) / 1000) < this.#parts.patienceSeconds;
    for (let waited = 0; isPatient(waited); waited += pause) {
      const { key } = record;
      const taken = await Lease.take(this.#records, key, owner, held.refreshNumber).catch(
        forgotten,
      );
      if (taken instanceof Lease) return taken;
      const newer = this.#open(record, taken.value, held);
      if (newer) return newer;
      pause = Math.min(pause * 1.5, LAST_LOOK) * (0.75 + Math.random() / 2);
      await this.#parts.sleep(pause);
    }
    throw unavailable('another process has been refreshing the tokens for too long');
  }

  async #refresh(lease: Lease, record: RefreshRecord, held: HeldTokens, wanted: WantedToken) {
    try {
      const next = await this.#parts.grant.refresh(held, wanted, lease.number);
      this.#pauses.succeeded(record.key);
      return (await this.#remember(lease, record, held, next))
        ? next
        : await this.#newerThan(record, next);
    } catch (error) {
      this.#pauses.failed(record.key, wanted, error);
      if (!hasCode(error, 'invalid_grant')) throw error;
      await lease.end();
      return await this.#overtaken(record, held, error);
    } finally {
      await lease.end();
    }
  }

  /** Perhaps somebody has spent the token while this process stood still: their result, not our failure. */
  async #overtaken(record: RefreshRecord, held: HeldTokens, error: unknown): Promise<HeldTokens> {
    const turn = await this.#waitForTurn(record, held);
    if (!(turn instanceof Lease)) return turn;
    await turn.end();
    throw error;
  }

  /** Writes the result down; says whether it is the newest. What cannot be written is kept here at least. */
  async #remember(
    lease: Lease,
    record: RefreshRecord,
    held: HeldTokens,
    next: HeldTokens,
  ): Promise<boolean> {
    const { local, now, memorySeconds } = this.#parts;
    const isOvertaking = next.refreshNumber - held.refreshNumber < SAME_TIME_MILLISECONDS;
    const needed = isOvertaking ? memorySeconds : longestLife(next, now());
    const ttl = Math.max(1, Math.min(needed, memorySeconds));
    const sealed = record.seal(next);
    const isNewest = await lease
      .write(sealed, ttl)
      .catch(() => lease.write(sealed, ttl))
      .catch(() => true);
    if (isNewest) await local.writeRecord(record.key, lease.number, sealed, ttl).catch(() => false);
    return isNewest;
  }

  /** What overtook a result that came too late. */
  async #newerThan(record: RefreshRecord, late: HeldTokens): Promise<HeldTokens> {
    return (await this.#recallFrom(this.#records, record, late)) ?? late;
  }

  async #recall(record: RefreshRecord, held: HeldTokens): Promise<HeldTokens | undefined> {
    const { local, shared } = this.#parts;
    const here = await this.#recallFrom(local, record, held);
    return here ?? (shared && this.#recallFrom(shared, record, held));
  }

  async #recallFrom(records: LeasedRecords, record: RefreshRecord, held: HeldTokens) {
    const { value } = await records.readRecord(record.key).catch(forgotten);
    return this.#open(record, value, held);
  }

  #open(
    record: RefreshRecord,
    value: string | undefined,
    held: HeldTokens,
  ): HeldTokens | undefined {
    const tokens = value === undefined ? undefined : record.open(value);
    return tokens && tokens.refreshNumber > held.refreshNumber ? tokens : undefined;
  }

  #recordOf({ tokenSet }: HeldTokens): RefreshRecord | undefined {
    const { refreshToken } = tokenSet;
    return refreshToken === undefined
      ? undefined
      : new RefreshRecord(refreshToken, this.#parts.label);
  }

  get #records(): LeasedRecords {
    return this.#parts.shared ?? this.#parts.local;
  }
}

function forgotten(error: unknown): never {
  throw unavailable('the shared memory does not answer', error);
}
