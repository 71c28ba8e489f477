import { randomBytes } from '../cookies/random-bytes.js';
import { Sealer } from '../cookies/seal.js';

/**
 * One login attempt that awaits its callback.
 *
 * It has two halves. The secret half, nonce and code verifier, stays in a cookie of this browser. The
 * bulky half travels sealed inside `state`, because ten tabs with long return paths do not fit into
 * 3 kB of cookies. Both carry the same id, and neither is worth anything without the other.
 */
export interface Transaction extends TransactionStateHalf, TransactionCookieHalf {
  /** The `state` of the authorization request (RFC 6749 §10.12). */
  readonly state: string;
}

/** What travels sealed inside `state`. */
export interface TransactionStateHalf {
  readonly id: string;
  /** The local page to show after the login. */
  readonly returnTo: string;
  /** The requested `max_age`, in seconds. */
  readonly maxAge?: number | undefined;
  /** As in the cookie's half, for browsers that keep no cookies. */
  readonly isRecovery: boolean;
}

/** What stays in the browser's cookie. */
export interface TransactionCookieHalf {
  /** Binds the ID token to this attempt (OpenID Connect Core §3.1.2.1); absent for OAuth alone. */
  readonly nonce?: string | undefined;
  /** Binds the code to this attempt (RFC 7636 §4.1). */
  readonly codeVerifier: string;
  /** In seconds since the epoch. */
  readonly expiresAt: number;
  /** Whether this attempt was started by a callback that matched none: it must not be repeated. */
  readonly isRecovery: boolean;
}

/** The halves in the short words that are sealed. */
interface SealedState {
  readonly i: string;
  readonly r: string;
  readonly m?: number;
  readonly x?: 1;
}

interface SealedCookie {
  readonly n?: string;
  readonly v: string;
  readonly e: number;
  readonly x?: 1;
}

export function newTransactionId(): string {
  return randomBytes(16).toString('base64url');
}

/** Seals the two halves under keys of their own. */
export class TransactionSealer {
  readonly #state: Sealer;
  readonly #cookie: Sealer;

  /** The instance keeps transactions of other issuers and clients apart (RFC 9700 §4.4). */
  constructor(secrets: readonly string[], instance: string) {
    this.#state = new Sealer(secrets, `${instance} state`);
    this.#cookie = new Sealer(secrets, `${instance} transaction`);
  }

  sealState({ id, returnTo, maxAge, isRecovery }: TransactionStateHalf): string {
    const members = { i: id, r: returnTo, m: maxAge, ...(isRecovery && { x: 1 }) };
    return this.#state.seal(bytes(members), 'state');
  }

  openState(state: string): TransactionStateHalf | undefined {
    const half = parse<SealedState>(this.#state.open(state, 'state'));
    return half && { id: half.i, returnTo: half.r, maxAge: half.m, isRecovery: half.x === 1 };
  }

  sealCookie(half: TransactionCookieHalf, cookieName: string): string {
    const { nonce, codeVerifier, expiresAt, isRecovery } = half;
    const members = { n: nonce, v: codeVerifier, e: expiresAt, ...(isRecovery && { x: 1 }) };
    return this.#cookie.seal(bytes(members), cookieName);
  }

  openCookie(value: string, cookieName: string): TransactionCookieHalf | undefined {
    const half = parse<SealedCookie>(this.#cookie.open(value, cookieName));
    return (
      half && {
        nonce: half.n,
        codeVerifier: half.v,
        expiresAt: half.e,
        isRecovery: half.x === 1,
      }
    );
  }
}

function bytes(members: Record<string, unknown>): Buffer {
  return Buffer.from(JSON.stringify(members));
}

/** What opens was sealed here, so its shape is known. */
function parse<Half>(opened: Buffer | undefined): Half | undefined {
  return opened && (JSON.parse(opened.toString()) as Half);
}
