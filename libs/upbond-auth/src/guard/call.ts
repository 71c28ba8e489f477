import type { Exchange } from '../exchange/exchange.js';
import type { Caller } from './caller.js';

/** Which access token is asked for. */
export interface AccessTokenOptions {
  /**
   * For which API. Others than that of the login have to be declared in `audiences` or `apis` of
   * {@link UpbondAuthOptions}.
   * @default that of the login
   */
  readonly audience?: string;
  /**
   * Only these scope values, space-separated or as a list: a token for less than was granted.
   * @default all that were granted
   */
  readonly scope?: string | readonly string[];
  /**
   * How long the token has to be valid at least, in seconds.
   * @default 60, or half the lifetime of tokens that live for less than two minutes
   */
  readonly minimumValiditySeconds?: number;
}

/** Gets access tokens for a call. */
export interface AccessTokens {
  obtain(call: Call, options: AccessTokenOptions): Promise<string>;
}

/** Injection token of the {@link AccessTokens} of an instance. */
export const ACCESS_TOKENS = Symbol('UPBOND_AUTH_ACCESS_TOKENS');

/** A request, message or packet that the guard has let pass. */
export interface Call {
  readonly caller: Caller;
  /** The request it came with; that of the connection for a message. */
  readonly exchange: Exchange | undefined;
  /** The instance that let it pass. */
  readonly accessTokens: AccessTokens;
}

const CALL = Symbol('call that UpbondGuard has let pass');

/** Shows nothing of the call to whoever prints its carrier, and knows copies from the original. */
class RememberedCall {
  readonly #carrier: object;
  readonly #call: Call;

  constructor(carrier: object, call: Call) {
    this.#carrier = carrier;
    this.#call = call;
  }

  of(carrier: object): Call | undefined {
    return carrier === this.#carrier ? this.#call : undefined;
  }
}

/**
 * Remembers a call on its carrier: the request, or what stands for it. A WeakMap with an entry for each
 * request costs the garbage collector 12 µs of each. Node's request has it on its list of headers: V8 makes
 * a hidden class for each member that is added to a request of Express, which changes its prototype.
 */
export function rememberCall(carrier: object, call: Call): void {
  const request = nodeRequest(carrier);
  holderOf(request)[CALL] = new RememberedCall(request, call);
}

/** Forgets it again: whoever it was from does not count any more. */
export function forgetCall(carrier: object): void {
  const holder = holderOf(nodeRequest(carrier));
  if (holder[CALL]) holder[CALL] = undefined;
}

/** The call that a carrier belongs to, when a guard has let it pass. */
export function callOf(carrier: object): Call | undefined {
  const request = nodeRequest(carrier);
  return holderOf(request)[CALL]?.of(request);
}

interface Holder {
  readonly rawHeaders?: unknown;
  [CALL]?: RememberedCall | undefined;
}

function holderOf(request: Holder): Holder {
  const { rawHeaders } = request;
  return Array.isArray(rawHeaders) ? (rawHeaders as Holder) : request;
}

/** Of Fastify's request the one of Node behind it. */
function nodeRequest(carrier: { readonly raw?: unknown; readonly rawHeaders?: unknown }): object {
  // What a request of Express has not is slow to look for
  if (carrier.rawHeaders) return carrier;
  const { raw } = carrier;
  return typeof raw === 'object' && raw !== null ? raw : carrier;
}
