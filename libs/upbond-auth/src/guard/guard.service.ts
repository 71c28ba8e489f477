import { Inject, Injectable } from '@nestjs/common';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { CallContext } from '../exchange/carrier.js';
import { DEFAULT_INSTANCE } from '../options/instance-names.js';
import type { MaybePromise } from './at-once.js';
import { GraphqlGuardService } from './graphql-guard.service.js';
import { HttpGuardService } from './http-guard.service.js';
import type { Requirements } from './requirements.js';
import { RpcGuardService } from './rpc-guard.service.js';
import type { Transport } from './transport.js';
import { WsGuardService } from './ws-guard.service.js';

/** Injection token of the {@link GuardService} of an instance; Nest prints it when the module is missing. */
export function guardServiceToken(name: string): string {
  return name === DEFAULT_INSTANCE
    ? 'UpbondAuthModule.forRoot()'
    : `UpbondAuthModule.forRoot({ name: '${name}' })`;
}

/** Decides who may pass, for one instance of the module: each kind of call has its transport. */
@Injectable()
export class GuardService {
  readonly #transports: ReadonlyMap<string, Transport>;

  constructor(
    @Inject(HttpGuardService) http: HttpGuardService,
    @Inject(GraphqlGuardService) graphql: GraphqlGuardService,
    @Inject(WsGuardService) ws: WsGuardService,
    @Inject(RpcGuardService) rpc: RpcGuardService,
  ) {
    this.#transports = new Map<string, Transport>([
      ['http', http],
      ['graphql', graphql],
      ['ws', ws],
      ['rpc', rpc],
    ]);
  }

  /**
   * Lets the call pass with its user set, or throws what has to be answered.
   *
   * @throws UpbondAuthException `unsupported_context` for a kind of call that is not known
   */
  admit(context: CallContext, requirements: Requirements): MaybePromise<true> {
    const transport = this.#transports.get(context.getType());
    if (transport) return transport.admit(context, requirements);
    throw new UpbondAuthException('unsupported_context', {
      detail: `execution context "${context.getType()}"`,
    });
  }
}
