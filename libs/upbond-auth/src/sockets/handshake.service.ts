import { Inject, Injectable } from '@nestjs/common';
import { cookieNames } from '../cookies/cookie-names.js';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { Exchange } from '../exchange/exchange.js';
import { isOwnHandshake } from '../exchange/request-site.js';
import { AdmissionService } from '../guard/admission.service.js';
import type { Caller } from '../guard/caller.js';
import { CallerService } from '../guard/caller.service.js';
import { RefusalService } from '../guard/refusal.service.js';
import { CLOCK, type Clock } from '../options/clock.provider.js';
import { UPBOND_AUTH_CONFIG } from '../options/config.provider.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { Handshake, type HandshakeRequest } from './handshake.js';
import type { Place } from './place.js';

const BEARER_ONLY = { isPublic: false, credentials: ['bearer'] } as const;
/** A message over an open connection brings nothing but its token. */
const NO_REQUEST: HandshakeRequest = { headers: {}, rawHeaders: [] };

/** Decides who may connect, by the rules that requests have. */
@Injectable()
export class HandshakeService {
  readonly #cookiePrefix: string;
  readonly #handshakes = new WeakMap<Caller, Handshake>();

  constructor(
    @Inject(UPBOND_AUTH_CONFIG) config: UpbondAuthConfig,
    @Inject(CLOCK) private readonly now: Clock,
    @Inject(CallerService) private readonly callers: CallerService,
    @Inject(AdmissionService) private readonly admissions: AdmissionService,
    @Inject(RefusalService) private readonly refusals: RefusalService,
  ) {
    this.#cookiePrefix = cookieNames(config.cookieDigest, config.secureCookies).prefix;
  }

  /**
   * Who wants to connect. Where nobody in particular may, whoever cannot be identified is nobody.
   *
   * @throws UpbondAuthException with the challenge that belongs to it
   */
  async identify(
    request: HandshakeRequest,
    place: Place,
    token?: unknown,
  ): Promise<Caller | undefined> {
    const handshake = new Handshake(request, this.#cookiePrefix, token);
    try {
      const caller = await this.callers.identify(handshake, place.requirements, isOwnHandshake);
      if (caller?.session) this.#handshakes.set(caller, handshake);
      return await this.admit(caller, place);
    } catch (error) {
      if (!(error instanceof UpbondAuthException)) throw error;
      if (place.requirements.isPublic) return undefined;
      throw this.challenged(handshake, error);
    }
  }

  /** The handshake by whose session somebody connected. */
  exchangeOf(caller: Caller): Exchange | undefined {
    return this.#handshakes.get(caller);
  }

  /**
   * Who a token is from that came over an open connection.
   *
   * @throws UpbondAuthException `invalid_request`, `invalid_token`, `temporarily_unavailable`, or what
   * the gateways ask for
   */
  async identifyToken(token: unknown, place: Place): Promise<Caller> {
    const handshake = new Handshake(NO_REQUEST, this.#cookiePrefix, token ?? '');
    const caller = await this.callers.identify(handshake, BEARER_ONLY);
    const admitted = await this.admit(caller, place);
    if (admitted) return admitted;
    throw new UpbondAuthException('invalid_token');
  }

  private async admit(caller: Caller | undefined, place: Place): Promise<Caller | undefined> {
    for (const needed of place.demands) await this.admissions.require(caller, needed);
    // A request is given the leeway; a connection would end as soon as it begins
    if (!caller || caller.expiresAt > this.now()) return caller;
    throw new UpbondAuthException('invalid_token', { detail: 'expired, although within leeway' });
  }

  private challenged(handshake: Handshake, error: UpbondAuthException): UpbondAuthException {
    const { refusals } = this;
    const { code } = error;
    if (code === 'login_required') return refusals.loginRequired(handshake);
    if (code === 'insufficient_user_authentication') return refusals.stepUp(handshake, {});
    if (code === 'insufficient_scope' || code === 'insufficient_permissions') {
      return refusals.forbidden(handshake, code);
    }
    return refusals.refused(handshake, error);
  }
}
