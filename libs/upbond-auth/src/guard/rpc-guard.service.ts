import { Inject, Injectable } from '@nestjs/common';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { carrierOf, type CallContext } from '../exchange/carrier.js';
import { AdmissionService } from './admission.service.js';
import { BearerService } from './bearer.service.js';
import { ACCESS_TOKENS, rememberCall, type AccessTokens } from './call.js';
import type { Caller } from './caller.js';
import { packetCredential } from './packet-credential.js';
import type { Requirements } from './requirements.js';
import type { Transport } from './transport.js';

/**
 * Decides on packets of microservices, by the bearer token that travels beside their data. There are no
 * sessions: what is for browsers has no business in a packet.
 */
@Injectable()
export class RpcGuardService implements Transport {
  constructor(
    @Inject(BearerService) private readonly bearers: BearerService,
    @Inject(AdmissionService) private readonly admission: AdmissionService,
    @Inject(ACCESS_TOKENS) private readonly accessTokens: AccessTokens,
  ) {}

  async admit(context: CallContext, requirements: Requirements): Promise<true> {
    const carrier = carrierOf(context);
    const caller = await this.callerOf(carrier, requirements);
    await this.admission.require(caller, requirements);
    // Also without a caller: what a custom transport hands over may come from the packet
    if (carrier) carrier.user = caller?.user;
    if (carrier && caller) {
      rememberCall(carrier, { caller, exchange: undefined, accessTokens: this.accessTokens });
    }
    return true;
  }

  /** Whoever cannot be identified is nobody to a public handler. */
  private async callerOf(packet: unknown, requirements: Requirements): Promise<Caller | undefined> {
    const credential = packetCredential(packet);
    if (!credential || !requirements.credentials.includes('bearer')) return undefined;
    try {
      return await this.bearers.callerOf(credential);
    } catch (error) {
      if (requirements.isPublic && error instanceof UpbondAuthException) return undefined;
      throw error;
    }
  }
}
