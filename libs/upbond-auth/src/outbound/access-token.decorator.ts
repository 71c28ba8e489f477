import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { carrierOf } from '../exchange/carrier.js';
import { callOf, type AccessTokenOptions } from '../guard/call.js';

const accessToken = createParamDecorator(
  async (options: AccessTokenOptions | undefined, context: ExecutionContext) => {
    const carrier = carrierOf(context);
    const call = carrier && callOf(carrier);
    if (call) return call.accessTokens.obtain(call, options ?? {});
    throw new UpbondAuthException('login_required', {
      detail: 'nobody is signed in to this request; is UpbondGuard on the route?',
    });
  },
);

/**
 * Hands an access token of the caller to a handler, refreshed where that is needed: the same as
 * {@link TokenService.getAccessToken}.
 *
 * **Security**: the token acts for the user. Send it to the service it is for and to nobody else.
 *
 * @throws {@link UpbondAuthException} the codes of {@link TokenService.getAccessToken}, before the handler
 * runs
 *
 * @example
 * ```ts
 * @UseGuards(UpbondGuard)
 * @Controller('orders')
 * class OrdersController {
 *   @Get()
 *   async list(@AccessToken({ audience: 'https://orders' }) accessToken: string) {
 *     const headers = { authorization: `Bearer ${accessToken}` };
 *     return (await fetch('https://orders.example.com/orders', { headers })).json();
 *   }
 * }
 * ```
 */
export function AccessToken(options: AccessTokenOptions = {}): ParameterDecorator {
  return accessToken(options);
}
