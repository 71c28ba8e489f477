import type { CustomDecorator } from '@nestjs/common';
import { mark } from './mark.decorator.js';
import { required, SCOPES, type RequiredValues } from './marks.js';

/**
 * Lets only requests pass whose access token was granted these scope values: all of them, or one of
 * them with `{ mode: 'any' }`. With a session, what was granted at its login counts. Values are
 * compared as whole words. Without them the answer is 403 `insufficient_scope`.
 *
 * @param values - the scope values, then perhaps `{ mode: 'any' }`
 * @throws TypeError while the class is defined, for no value, or one that is no scope value
 * @see RFC 6750 §3.1, RFC 6749 §3.3
 *
 * @example
 * ```ts
 * @UseGuards(UpbondGuard)
 * @Controller('contacts')
 * class ContactsController {
 *   @Scopes('read:contacts')
 *   @Get()
 *   list() {
 *     return [];
 *   }
 * }
 * ```
 */
export function Scopes(...values: RequiredValues): CustomDecorator {
  return mark(SCOPES, required('Scopes', values), 'Scopes');
}
