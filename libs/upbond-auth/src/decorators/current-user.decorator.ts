import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { UpbondUser } from '../callback/user.js';
import { carrierOf } from '../exchange/carrier.js';

const currentUser = createParamDecorator(
  (member: string | undefined, context: ExecutionContext) => {
    const user = carrierOf(context)?.user as Readonly<Record<string, unknown>> | undefined;
    if (member === undefined) return user;
    return user && Object.hasOwn(user, member) ? user[member] : undefined;
  },
);

/**
 * Hands the signed-in user to a handler, or one member of it: the same object as `req.user`, deeply
 * frozen. It is `undefined` on a {@link Public} route that nobody signed in to. In gateways it is the user
 * of the connection, in a microservice whoever the token of the packet belongs to.
 *
 * @typeParam User - the application's own user type, when `onLogin` or `loadUser` returns one
 * @param member - name of the member to hand over; the whole user without it
 *
 * @example
 * ```ts
 * @UseGuards(UpbondGuard)
 * @Controller('profile')
 * class ProfileController {
 *   @Get()
 *   profile(@CurrentUser() user: UpbondUser, @CurrentUser('email') email: string | undefined) {
 *     return { sub: user.sub, email };
 *   }
 * }
 * ```
 */
export function CurrentUser<User extends object = UpbondUser>(
  member?: keyof User & string,
): ParameterDecorator {
  return currentUser(member);
}
