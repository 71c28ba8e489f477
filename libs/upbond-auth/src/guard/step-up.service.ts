import { Inject, Injectable, type HttpException } from '@nestjs/common';
import { cookieNames } from '../cookies/cookie-names.js';
import type { StepUpOptions } from '../decorators/marks.js';
import type { Exchange } from '../exchange/exchange.js';
import { isPageNavigation } from '../exchange/navigation.js';
import { CLOCK, type Clock } from '../options/clock.provider.js';
import { UPBOND_AUTH_CONFIG } from '../options/config.provider.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import type { Session } from '../session/session.js';
import type { Caller } from './caller.js';
import { RefusalService } from './refusal.service.js';
import { hasComeBack, isStrongEnough, stepUpMark, stepUpParameters } from './step-up.js';

/** Asks for a newer or stronger sign-in (RFC 9470). */
@Injectable()
export class StepUpService {
  readonly #cookie: string;

  constructor(
    @Inject(UPBOND_AUTH_CONFIG) private readonly config: UpbondAuthConfig,
    @Inject(CLOCK) private readonly now: Clock,
    @Inject(RefusalService) private readonly refusals: RefusalService,
  ) {
    this.#cookie = cookieNames(config.cookieDigest, config.secureCookies).stepUp;
  }

  /** Lets a caller pass who signed in strongly and recently enough, or throws what has to be answered. */
  require(exchange: Exchange, caller: Caller, options: StepUpOptions): void {
    const { session } = caller;
    const clock = { now: this.now(), leewaySeconds: this.config.leewaySeconds };
    const isSatisfied = isStrongEnough(caller.authentication(), options, clock);
    if (isSatisfied && session) this.forget(exchange);
    if (isSatisfied) return;
    if (session && isPageNavigation(exchange.method, exchange.headers)) {
      throw this.again(exchange, session, options);
    }
    throw this.refusals.stepUp(exchange, stepUpParameters(options));
  }

  /** Sends a person to sign in again, but not in circles. */
  private again(exchange: Exchange, { id }: Session, options: StepUpOptions): HttpException {
    const current = stepUpMark(options, id);
    if (hasComeBack(exchange.cookies.get(this.#cookie)?.[0], current)) {
      this.forget(exchange);
      return this.refusals.forbidden(exchange, 'step_up_failed');
    }
    exchange.setCookie(this.#cookie, current, this.config.transactionLifetimeSeconds);
    return this.refusals.toLogin(exchange, stepUpParameters(options));
  }

  private forget(exchange: Exchange): void {
    if (exchange.cookies.has(this.#cookie)) exchange.deleteCookie(this.#cookie);
  }
}
