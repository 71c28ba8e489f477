import type { CustomDecorator } from '@nestjs/common';
import type { UpbondUser } from '../callback/user.js';
import { mark } from './mark.decorator.js';
import { CLAIMS, type ClaimsPredicate } from './marks.js';

/**
 * Lets only users pass for whom the predicate returns `true`. It is given `req.user`: the claims of the
 * access token or of the login, unless `loadTokenUser`, `loadUser` or `onLogin` made something else of
 * them. Otherwise the answer is 403 `insufficient_permissions`.
 *
 * @typeParam User - the application's own user type
 * @throws TypeError while the class is defined, when the predicate is no function
 *
 * @example
 * ```ts
 * @Claims((user) => user.email_verified === true)
 * @UseGuards(UpbondGuard)
 * @Controller('newsletter')
 * class NewsletterController {}
 * ```
 */
export function Claims<User extends object = UpbondUser>(
  predicate: ClaimsPredicate<User>,
): CustomDecorator {
  if (typeof predicate !== 'function') throw new TypeError('@Claims() needs a function');
  return mark(CLAIMS, predicate, 'Claims');
}
