import type { CustomDecorator } from '@nestjs/common';
import { mark } from './mark.decorator.js';
import { required, ROLES, type RequiredValues } from './marks.js';

/**
 * Lets only users pass who have these roles: all of them, or one of them with `{ mode: 'any' }`. They
 * are read from `req.user` at the option `rolesClaim`, and only from a list. Without them the answer is
 * 403 `insufficient_permissions`.
 *
 * @param values - the roles, then perhaps `{ mode: 'any' }`
 * @throws TypeError while the class is defined, for no value, or one with white space
 *
 * @example
 * ```ts
 * @Roles('admin')
 * @UseGuards(UpbondGuard)
 * @Controller('admin')
 * class AdminController {}
 * ```
 */
export function Roles(...values: RequiredValues): CustomDecorator {
  return mark(ROLES, required('Roles', values), 'Roles');
}
