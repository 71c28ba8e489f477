import type { ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { CallContext } from '../exchange/carrier.js';
import type { Exchange } from '../exchange/exchange.js';
import { ExchangeService } from '../exchange/exchange.service.js';
import type { PlatformRequest } from '../exchange/platform-request.js';
import { UPBOND_AUTH_CONFIG } from '../options/config.provider.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { orElse, whenThere, type MaybePromise } from './at-once.js';
import { ACCESS_TOKENS, rememberCall, type AccessTokens } from './call.js';
import { CallerEndService } from './caller-end.service.js';
import type { Caller } from './caller.js';
import { CallerService } from './caller.service.js';
import { missingPrivilege, type MissingPrivilege } from './privileges.js';
import { RefusalService } from './refusal.service.js';
import type { Requirements } from './requirements.js';
import { StepUpService } from './step-up.service.js';
import type { Transport } from './transport.js';

/** What the guard puts on the platform's request. */
interface AuthenticatedRequest extends PlatformRequest {
  user?: unknown;
}

/** Node's own response, which is that of Express and behind that of Fastify. */
type Closable = Pick<ServerResponse, 'destroy' | 'destroyed' | 'once'>;

/** Decides on HTTP requests: who may not pass is sent to log in, or gets a challenge. */
@Injectable()
export class HttpGuardService implements Transport {
  constructor(
    @Inject(UPBOND_AUTH_CONFIG) private readonly config: UpbondAuthConfig,
    @Inject(ExchangeService) private readonly exchanges: ExchangeService,
    @Inject(CallerService) private readonly callers: CallerService,
    @Inject(RefusalService) private readonly refusals: RefusalService,
    @Inject(StepUpService) private readonly stepUps: StepUpService,
    @Inject(ACCESS_TOKENS) private readonly accessTokens: AccessTokens,
    @Inject(CallerEndService) private readonly ends: CallerEndService,
  ) {}

  admit(context: CallContext, requirements: Requirements): MaybePromise<true> {
    const [request, response] = context.getArgs() as [AuthenticatedRequest, unknown];
    const exchange = this.exchanges.of(request, response);
    const carry = (caller: Caller | undefined): true => {
      if (!caller) return true;
      request.user = caller.user;
      rememberCall(request, { caller, exchange, accessTokens: this.accessTokens });
      if (requirements.isEventStream) this.closeAtEnd(response, caller);
      return true;
    };
    return whenThere(this.callerOf(exchange, requirements), (caller) =>
      requirements.isPublic
        ? carry(caller)
        : whenThere(this.admitted(exchange, caller, requirements), carry),
    );
  }

  /** The caller, who has all that is asked. */
  private admitted(
    exchange: Exchange,
    caller: Caller | undefined,
    requirements: Requirements,
  ): MaybePromise<Caller> {
    if (!caller) throw this.refusals.notSignedIn(exchange, requirements);
    return whenThere(missingPrivilege(caller, requirements, this.config), (missing) => {
      if (missing) throw this.forbidden(exchange, missing, requirements);
      if (requirements.stepUp) this.stepUps.require(exchange, caller, requirements.stepUp);
      return caller;
    });
  }

  /** Server-sent events go on after the guard. Browsers connect again by themselves, and get 401. */
  private closeAtEnd(response: unknown, caller: Caller): void {
    const { raw = response as Closable } = response as { readonly raw?: Closable };
    // Who went meanwhile does not go again
    if (raw.destroyed) return;
    const stop = this.ends.watch(caller, () => raw.destroy());
    raw.once('close', stop);
  }

  /** On a public route whoever cannot be identified is nobody. */
  private callerOf(exchange: Exchange, requirements: Requirements) {
    const identify = () => this.callers.identify(exchange, requirements);
    return orElse(identify, (error) => {
      if (!(error instanceof UpbondAuthException)) throw error;
      if (requirements.isPublic) return undefined;
      throw this.refusals.refused(exchange, error);
    });
  }

  private forbidden(exchange: Exchange, missing: MissingPrivilege, { scopes }: Requirements) {
    const scope = missing === 'insufficient_scope' ? scopes?.values.join(' ') : undefined;
    return this.refusals.forbidden(exchange, missing, scope);
  }
}
