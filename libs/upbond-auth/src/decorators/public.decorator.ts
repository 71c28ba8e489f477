import { SetMetadata, type CustomDecorator } from '@nestjs/common';

/** Metadata key of {@link Public}. */
export const PUBLIC = 'upbond-auth:public';

/**
 * Opens a route, or all routes of a controller, although an {@link UpbondGuard} is bound above it. A
 * signed-in user is still recognised: `@CurrentUser()` is the user or `undefined`. A session or a bearer
 * token that is not accepted counts as none.
 *
 * A requirement such as {@link Scopes} in the same place, or on the method below, closes the route
 * again: nobody in particular cannot have a scope.
 *
 * @example
 * ```ts
 * @Controller()
 * class HomeController {
 *   @Public()
 *   @Get()
 *   home(@CurrentUser() user?: UpbondUser) {
 *     return user ? `Welcome back, ${user.name}` : 'Welcome';
 *   }
 * }
 * ```
 */
export const Public = (): CustomDecorator => SetMetadata(PUBLIC, true);
