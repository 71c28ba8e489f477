import { Inject, Injectable } from '@nestjs/common';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { CLOCK, type Clock } from '../options/clock.provider.js';
import { UPBOND_AUTH_CONFIG } from '../options/config.provider.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import type { Caller } from './caller.js';
import { missingPrivilege } from './privileges.js';
import type { Requirements } from './requirements.js';
import { isStrongEnough } from './step-up.js';

/**
 * Decides on calls that no page and no HTTP header can answer: messages, subscriptions, packets. The
 * rules are those of HTTP; every refusal is an exception with a code.
 */
@Injectable()
export class AdmissionService {
  constructor(
    @Inject(UPBOND_AUTH_CONFIG) private readonly config: UpbondAuthConfig,
    @Inject(CLOCK) private readonly now: Clock,
  ) {}

  /**
   * Returns when the caller may go on, whoever proved it.
   *
   * @throws UpbondAuthException `login_required`, `insufficient_scope`, `insufficient_permissions` or
   * `insufficient_user_authentication`
   */
  async require(caller: Caller | undefined, needed: Requirements): Promise<void> {
    if (needed.isPublic) return;
    if (!caller) throw new UpbondAuthException('login_required');
    const missing = await missingPrivilege(caller, needed, this.config);
    if (missing) throw new UpbondAuthException(missing);
    if (!needed.stepUp) return;
    const clock = { now: this.now(), leewaySeconds: this.config.leewaySeconds };
    if (isStrongEnough(caller.authentication(), needed.stepUp, clock)) return;
    throw new UpbondAuthException('insufficient_user_authentication');
  }
}
