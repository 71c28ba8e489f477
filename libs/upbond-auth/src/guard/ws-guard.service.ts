import { Inject, Injectable } from '@nestjs/common';
import { carrierOf, type CallContext } from '../exchange/carrier.js';
import { AdmissionService } from './admission.service.js';
import { credentialOf } from './caller.js';
import { ConnectedCallers } from './connected-callers.js';
import type { Requirements } from './requirements.js';
import type { Transport } from './transport.js';

/**
 * Decides on the messages of gateways. Who sends them was found out when the connection was made; where
 * nobody did that, nobody sends them.
 */
@Injectable()
export class WsGuardService implements Transport {
  constructor(
    @Inject(AdmissionService) private readonly admissions: AdmissionService,
    @Inject(ConnectedCallers) private readonly connected: ConnectedCallers,
  ) {}

  async admit(context: CallContext, requirements: Requirements): Promise<true> {
    const known = this.connected.of(context.getArgs()[0]);
    const isAccepted = known && requirements.credentials.includes(credentialOf(known));
    const caller = isAccepted ? known : undefined;
    await this.admissions.require(caller, requirements);
    const carrier = carrierOf(context);
    if (carrier) carrier.user = caller?.user;
    return true;
  }
}
