import type { CustomDecorator } from '@nestjs/common';
import { mark } from './mark.decorator.js';
import { STEP_UP, stepUpOptions, type StepUpOptions } from './marks.js';

/**
 * Lets only users pass who signed in strongly or recently enough. A person who navigates to the page is
 * sent to sign in again and comes back to it; a program gets 401 `insufficient_user_authentication`
 * with `acr_values` and `max_age`. When the repeated sign-in still does not satisfy, the answer is 403
 * `step_up_failed`, and nobody is sent around in circles.
 *
 * It reads `acr` and `auth_time` of the access token, or of the login that began the session. A token
 * without them does not satisfy.
 *
 * @throws TypeError while the class is defined, when both options are missing or one is malformed
 * @see RFC 9470 §3, OpenID Connect Core §3.1.2.1
 *
 * @example
 * ```ts
 * @UseGuards(UpbondGuard)
 * @Controller('wallet')
 * class WalletController {
 *   @StepUp({ maxAgeSeconds: 300 })
 *   @Get('keys')
 *   keys() {
 *     return [];
 *   }
 * }
 * ```
 */
export function StepUp(options: StepUpOptions): CustomDecorator {
  return mark(STEP_UP, stepUpOptions(options), 'StepUp');
}
