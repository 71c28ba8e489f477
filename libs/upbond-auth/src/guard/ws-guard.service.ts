import { Inject, Injectable } from '@nestjs/common';
import { messageCarrier, type CallContext, type Carrier } from '../exchange/carrier.js';
import type { Exchange } from '../exchange/exchange.js';
import { AdmissionService } from './admission.service.js';
import { ACCESS_TOKENS, callOf, forgetCall, rememberCall, type AccessTokens } from './call.js';
import { credentialOf, type Caller } from './caller.js';
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
    @Inject(ACCESS_TOKENS) private readonly accessTokens: AccessTokens,
  ) {}

  async admit(context: CallContext, requirements: Requirements): Promise<true> {
    const [client] = context.getArgs() as [Carrier];
    const connected = this.connected.of(client);
    const known = connected?.caller();
    const isAccepted = known && requirements.credentials.includes(credentialOf(known));
    const caller = isAccepted ? known : undefined;
    await this.admissions.require(caller, requirements);
    const carrier = messageCarrier(client, context.getHandler());
    carrier.user = caller?.user;
    // For code of the application that looks at the client: whoever it is from, to any handler
    client.user = known?.user;
    this.remember(carrier, caller, connected?.exchange);
    this.remember(client, known, connected?.exchange);
    return true;
  }

  /** One call for all messages of a connection, as long as it is from the same caller. */
  private remember(
    carrier: object,
    caller: Caller | undefined,
    exchange: Exchange | undefined,
  ): void {
    if (!caller) return forgetCall(carrier);
    if (callOf(carrier)?.caller === caller) return;
    rememberCall(carrier, { caller, exchange, accessTokens: this.accessTokens });
  }
}
