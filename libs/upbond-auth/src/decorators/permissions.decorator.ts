import type { CustomDecorator } from '@nestjs/common';
import { mark } from './mark.decorator.js';
import { PERMISSIONS, required, type RequiredValues } from './marks.js';

/**
 * Lets only users pass who have these permissions: all of them, or one of them with
 * `{ mode: 'any' }`. They are read from `req.user` at the option `permissionsClaim`, and only from a
 * list. Without them the answer is 403 `insufficient_permissions`.
 *
 * @param values - the permissions, then perhaps `{ mode: 'any' }`
 * @throws TypeError while the class is defined, for no value, or one with white space
 *
 * @example
 * ```ts
 * @UseGuards(UpbondGuard)
 * @Controller('invoices')
 * class InvoicesController {
 *   @Permissions('invoices:write', 'invoices:admin', { mode: 'any' })
 *   @Post()
 *   create() {
 *     return {};
 *   }
 * }
 * ```
 */
export function Permissions(...values: RequiredValues): CustomDecorator {
  return mark(PERMISSIONS, required('Permissions', values), 'Permissions');
}
