import { randomBytes } from '../cookies/random-bytes.js';
import { Sealer } from '../cookies/seal.js';

/**
 * One login attempt that awaits its callback.
 *
 * It has two halves. The secret half, nonce and code verifier, stays in a cookie of this browser. The
 * bulky half travels sealed inside `state`, because ten tabs with long return paths do not fit into
 * 3 kB of cookies. Both carry the same id, and neither is worth anything without the other. Where the
 * bulky half would hold nothing but the id, `state` is the id.
 */
export interface Transaction extends TransactionStateHalf, TransactionCookieHalf {
  /** The `state` of the authorization request (RFC 6749 §10.12). */
  readonly state: string;
}

/** What travels sealed inside `state`; without anything to hide, it is the id alone. */
export interface TransactionStateHalf {
  readonly id: string;
  /** The local page to show after the login, if it is not the default one. */
  readonly returnTo?: string | undefined;
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
  /** Whether `state` is the id alone: nobody may leave out a sealed one, which can hold a `max_age`. */
  readonly isStateBare: boolean;
}

/** The halves in the short words that are sealed. */
interface SealedState {
  readonly i: string;
  readonly r?: string;
  readonly m?: number;
  readonly x?: 1;
}

interface SealedCookie {
  readonly n?: string;
  readonly v: string;
  readonly e: number;
  readonly x?: 1;
  readonly b?: 1;
}

/** An id, which is shorter than whatever was sealed. */
const ID = /^[\w-]{22}$/;

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
    if (returnTo === undefined && maxAge === undefined && !isRecovery) return id;
    const members = { i: id, r: returnTo, m: maxAge, x: flag(isRecovery) };
    return this.#state.seal(bytes(members), 'state');
  }

  openState(state: string): TransactionStateHalf | undefined {
    if (ID.test(state)) return { id: state, isRecovery: false };
    const half = parse<SealedState>(this.#state.open(state, 'state'));
    return half && { id: half.i, returnTo: half.r, maxAge: half.m, isRecovery: half.x === 1 };
  }

  sealCookie(half: TransactionCookieHalf, cookieName: string): string {
    const { nonce, codeVerifier, expiresAt, isRecovery, isStateBare } = half;
    const members = {
      n: nonce,
      v: codeVerifier,
      e: expiresAt,
      x: flag(isRecovery),
      b: flag(isStateBare),
    };
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
        isStateBare: half.b === 1,
      }
    );
  }
}

/** What is undefined is left out of the JSON. */
function flag(isSet: boolean): 1 | undefined {
  return isSet ? 1 : undefined;
}

function bytes(members: Record<string, unknown>): Buffer {
  return Buffer.from(JSON.stringify(members));
}

/** What opens was sealed here, so its shape is known. */
function parse<Half>(opened: Buffer | undefined): Half | undefined {
  return opened && (JSON.parse(opened.toString()) as Half);
}
