import {
  Inject,
  Injectable,
  type CanActivate,
  type ExecutionContext,
  type Type,
} from '@nestjs/common';
import { SSE_METADATA } from '@nestjs/common/internal';
import { Reflector } from '@nestjs/core';
import { PUBLIC } from '../decorators/public.decorator.js';
import { DEFAULT_INSTANCE } from '../options/instance-names.js';
import { GuardService, guardServiceToken } from './guard.service.js';
import { requirementsOf, type Requirements } from './requirements.js';

type Handler = ReturnType<ExecutionContext['getHandler']>;

const named = new Map<string, Type<CanActivate>>();

/**
 * Lets signed-in users pass and puts the user on `req.user`. Works on methods, on controllers and for
 * the whole application (`APP_GUARD`), where {@link Public} opens single routes.
 *
 * A person who navigates to a page without a session is sent to log in and comes back to that page;
 * everything else gets 401 with `WWW-Authenticate` and a JSON body. Operations of GraphQL get errors with
 * `extensions.code`, over HTTP and over graphql-ws. An execution context that the guard does not know is
 * refused.
 *
 * A bearer access token is accepted as well, once the option `accessTokenAudiences` says for which
 * audiences. Where a request carries one it decides, whatever cookies come with it. {@link Credentials}
 * narrows down what is accepted; {@link Scopes}, {@link Permissions}, {@link Roles}, {@link Claims} and
 * {@link StepUp} ask more of the user.
 *
 * Packets of microservices pass with a bearer token that travels beside their data, as `authorization`;
 * they have no sessions. A refused event is not handled.
 *
 * Messages of WebSocket gateways are decided by the same rules, once {@link withUpbondAuth} finds out who
 * connects; without it nobody does.
 *
 * **Security**: the session cookie comes along with requests that other sites make. Requests with
 * unsafe methods are therefore let through only from the application's own pages (Fetch Metadata, or
 * an equal `Origin`) and from `allowedOrigins`, and so are WebSockets. No browser adds a bearer token by
 * itself: requests with one are exempt.
 *
 * What outlasts its request (`@Sse()`, the WebSockets of GraphQL) is closed within a second of the end of
 * the token or the session, be it by expiry, logout or revocation.
 *
 * **Security**: in a hybrid application Nest binds `APP_GUARD` to packets only with
 * `connectMicroservice(options, { inheritAppConfig: true })`.
 *
 * @throws {@link UpbondAuthException} `login_required`, `cross_site_request`, `login_refused`,
 * `invalid_request`, `invalid_token`, `insufficient_scope`, `insufficient_permissions`,
 * `insufficient_user_authentication`, `step_up_failed`, `temporarily_unavailable`,
 * `session_store_unavailable`, `unsupported_context`
 * @see RFC 6750 §3, RFC 9728 §5, W3C Fetch Metadata Request Headers §2
 *
 * @example
 * ```ts
 * @UseGuards(UpbondGuard)
 * @Controller('orders')
 * class OrdersController {
 *   @Get()
 *   list(@CurrentUser('sub') sub: string) {
 *     return `orders of ${sub}`;
 *   }
 * }
 * ```
 */
@Injectable()
export class UpbondGuard implements CanActivate {
  /** What each handler of each controller asks; handlers can be inherited. */
  readonly #requirements = new WeakMap<Handler, WeakMap<Type, Requirements>>();

  /** @hidden Nest makes it. */
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(guardServiceToken(DEFAULT_INSTANCE)) private readonly service: GuardService,
  ) {}

  /** The guard of the instance that was registered under a `name`: `@UseGuards(UpbondGuard.for('admin'))`. */
  static for(name: string): Type<CanActivate> {
    const known = named.get(name);
    if (known) return known;
    const guard = guardOf(name);
    named.set(name, guard);
    return guard;
  }

  /** Called by Nest for each request. Answers at once when the credentials were seen before. */
  canActivate(context: ExecutionContext): true | Promise<true> {
    const requirements = this.requirements(context.getHandler(), context.getClass());
    return this.service.admit(context, requirements);
  }

  /** Decorators do not change once the class is defined. */
  private requirements(handler: Handler, controller: Type): Requirements {
    const known = this.#requirements.get(handler)?.get(controller);
    if (known) return known;
    const requirements = this.read(handler, controller);
    const ofHandler = this.#requirements.get(handler) ?? new WeakMap<Type, Requirements>();
    this.#requirements.set(handler, ofHandler.set(controller, requirements));
    return requirements;
  }

  private read(handler: Handler, controller: Type): Requirements {
    const { reflector } = this;
    return requirementsOf(
      (key) => reflector.get<unknown>(key, handler),
      (key) => reflector.get<unknown>(key, controller),
      PUBLIC,
      SSE_METADATA,
    );
  }
}

function guardOf(name: string): Type<CanActivate> {
  @Injectable()
  class NamedUpbondGuard extends UpbondGuard {
    constructor(
      @Inject(Reflector) reflector: Reflector,
      @Inject(guardServiceToken(name)) service: GuardService,
    ) {
      super(reflector, service);
    }
  }
  return NamedUpbondGuard;
}
