import type { CustomDecorator } from '@nestjs/common';
import { mark } from './mark.decorator.js';
import { CREDENTIALS, type Credential } from './marks.js';

/**
 * Says what may prove who the user is: the session cookie, a bearer token, or, without this
 * decorator, either. With `bearer` alone nobody is sent to the login page and no cookie is read.
 *
 * **Security**: when a request carries a bearer token, the token decides and the session is not looked
 * at.
 *
 * @param accepted - `'session'`, `'bearer'`, or both
 * @throws TypeError while the class is defined, for anything else
 *
 * @example
 * ```ts
 * @Credentials('bearer')
 * @UseGuards(UpbondGuard)
 * @Controller('api')
 * class ApiController {}
 * ```
 */
export function Credentials(...accepted: [Credential, ...Credential[]]): CustomDecorator {
  const isKnown = accepted.every((one) => one === 'session' || one === 'bearer');
  if (accepted.length === 0 || !isKnown) {
    throw new TypeError("@Credentials() takes 'session', 'bearer' or both");
  }
  return mark(CREDENTIALS, accepted, 'Credentials');
}
