import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { ACCESS_TOKENS, callOf, type AccessTokens, type Call } from '../guard/call.js';

/** Node publishes every request that a server of this process begins to answer. */
const CHANNEL = 'http.server.request.start';

/**
 * Knows which request the running code belongs to, so that a service can ask for an access token without
 * being handed the request. That costs every request of the process some microseconds, so it starts with
 * the first service that needs it and not before.
 */
@Injectable()
export class CurrentCallService implements OnModuleDestroy {
  readonly #requests = new AsyncLocalStorage<object>();
  #isStarted = false;

  constructor(@Inject(ACCESS_TOKENS) private readonly accessTokens: AccessTokens) {}

  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    subscribe(CHANNEL, this.#enter);
  }

  /**
   * The call that the guard of this instance has let pass with a caller.
   *
   * @param request the request, socket or message context, where it is not Node's current request
   * @throws UpbondAuthException `login_required`
   */
  get(request: object | undefined): Call {
    const carrier = request ?? this.#requests.getStore();
    const call = carrier && callOf(carrier);
    if (call?.accessTokens === this.accessTokens) return call;
    throw new UpbondAuthException('login_required', {
      detail: carrier
        ? 'nobody is signed in to this request; is UpbondGuard on the route?'
        : 'no request is known here: pass the request, socket or message context',
    });
  }

  onModuleDestroy(): void {
    unsubscribe(CHANNEL, this.#enter);
    this.#requests.disable();
  }

  readonly #enter = (message: unknown): void => {
    this.#requests.enterWith((message as { readonly request: object }).request);
  };
}
