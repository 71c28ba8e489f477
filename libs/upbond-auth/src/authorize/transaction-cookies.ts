import type { CookieNames } from '../cookies/cookie-names.js';
import type { Exchange } from '../exchange/exchange.js';
import {
  newTransactionId,
  type Transaction,
  type TransactionCookieHalf,
  type TransactionSealer,
  type TransactionStateHalf,
} from './transaction.js';

/** All transaction cookies together, names included: Node and proxies refuse headers of 8 to 16 kB. */
const BUDGET_BYTES = 3000;

/** Deletions of useless cookies per answer; each needs a header, and proxies refuse more than 4 to 8 kB. */
const MAX_DELETIONS = 20;

/** Why a callback belongs to no transaction of this browser. */
export type Unmatched = {
  readonly reason: 'foreign' | 'expired';
  /** The half inside `state`, when that was ours: it says where the user wanted to go. */
  readonly stateHalf?: TransactionStateHalf | undefined;
};

/** The secret half of a transaction that begins. */
export type NewCookieHalf = Omit<TransactionCookieHalf, 'expiresAt' | 'isStateBare'>;

/** The bulky half of a transaction that begins. */
export type NewStateHalf = Omit<TransactionStateHalf, 'id' | 'isRecovery'>;

interface PendingCookie extends TransactionCookieHalf {
  readonly name: string;
  readonly size: number;
}

/** The login attempts of a browser, each in a cookie of its own, so that tabs do not disturb each other. */
export class TransactionCookies {
  constructor(
    private readonly sealer: TransactionSealer,
    private readonly names: CookieNames,
    private readonly lifetimeSeconds: number,
    private readonly sameSite: 'lax' | 'none',
    private readonly now: () => number,
  ) {}

  /** Starts a transaction and makes room for it: the oldest ones give way. */
  start(
    exchange: Exchange,
    { nonce, codeVerifier, isRecovery }: NewCookieHalf,
    { returnTo, maxAge }: NewStateHalf,
  ): Transaction {
    const id = newTransactionId();
    const state = this.sealer.sealState({ id, returnTo, maxAge, isRecovery });
    const isStateBare = state === id;
    const expiresAt = Math.floor(this.now()) + this.lifetimeSeconds;
    const cookieHalf = { nonce, codeVerifier, expiresAt, isRecovery, isStateBare };
    const name = this.names.transaction + id;
    const value = this.sealer.sealCookie(cookieHalf, name);
    this.makeRoom(exchange, name.length + value.length);
    exchange.setCookie(name, value, this.lifetimeSeconds, this.sameSite);
    return { id, returnTo, maxAge, nonce, codeVerifier, expiresAt, isRecovery, isStateBare, state };
  }

  /** The transaction that `state` names, if this browser holds its other half. */
  find(exchange: Exchange, state: string | undefined): Transaction | Unmatched {
    const stateHalf = state === undefined ? undefined : this.sealer.openState(state);
    if (!state || !stateHalf) return { reason: 'foreign' };
    const name = this.names.transaction + stateHalf.id;
    for (const value of exchange.cookies.get(name) ?? []) {
      const cookieHalf = this.sealer.openCookie(value, name);
      if (!cookieHalf || cookieHalf.isStateBare !== (state === stateHalf.id)) continue;
      if (cookieHalf.expiresAt <= this.now()) return { reason: 'expired', stateHalf };
      return { ...stateHalf, ...cookieHalf, state };
    }
    return { reason: 'foreign', stateHalf };
  }

  /**
   * One answer to a transaction is all it gets. A browser that started very many at once makes room
   * here, before a session is added to its cookies.
   */
  delete(exchange: Exchange, { id }: Pick<Transaction, 'id'>): void {
    const own = this.names.transaction + id;
    exchange.deleteCookie(own);
    this.makeRoom(exchange, 0, own);
  }

  /** Whether this browser is already in a login that was started for an unmatched callback. */
  isRecovering(exchange: Exchange): boolean {
    return this.pending(exchange).some(({ isRecovery }) => isRecovery);
  }

  private makeRoom(exchange: Exchange, needed: number, answered?: string): void {
    const pending = this.pending(exchange, answered);
    if (pending.length === 0) return;
    let total = pending.reduce((sum, { size }) => sum + size, needed);
    const oldest = pending.sort((a, b) => a.expiresAt - b.expiresAt).slice(0, MAX_DELETIONS);
    for (const { name, size } of oldest) {
      if (total <= BUDGET_BYTES) break;
      exchange.deleteCookie(name);
      total -= size;
    }
  }

  /**
   * Live transactions of this browser, but for one that was answered; what does not open or has expired
   * is deleted on the way.
   */
  private pending(exchange: Exchange, answered?: string): PendingCookie[] {
    const pending: PendingCookie[] = [];
    const useless: string[] = [];
    for (const [name, values] of exchange.cookies) {
      if (name === answered || !name.startsWith(this.names.transaction)) continue;
      const half = values.map((value) => this.sealer.openCookie(value, name)).find(Boolean);
      const size = values.reduce((sum, value) => sum + name.length + value.length, 0);
      if (half && half.expiresAt > this.now()) pending.push({ ...half, name, size });
      else useless.push(name);
    }
    for (const name of useless.slice(0, MAX_DELETIONS)) exchange.deleteCookie(name);
    return pending;
  }
}

export function isMatched(found: Transaction | Unmatched): found is Transaction {
  return 'codeVerifier' in found;
}
