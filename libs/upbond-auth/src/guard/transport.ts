import type { CallContext } from '../exchange/carrier.js';
import type { MaybePromise } from './at-once.js';
import type { Requirements } from './requirements.js';

/** What the guard has to know of one kind of call. */
export interface Transport {
  /**
   * Lets the call pass with the user on its carrier, or throws what has to be answered.
   *
   * @throws UpbondAuthException with the code of the refusal
   */
  admit(context: CallContext, requirements: Requirements): MaybePromise<true>;
}
