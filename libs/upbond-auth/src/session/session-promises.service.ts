import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { UPBOND_AUTH_CONFIG } from '../options/config.provider.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { missingPromises } from './session-promises.js';

/** Warns at boot of what each process remembers for itself, and of a store that is not atomic. */
@Injectable()
export class SessionPromisesService implements OnModuleInit {
  readonly #logger = new Logger('UpbondAuth');

  constructor(@Inject(UPBOND_AUTH_CONFIG) private readonly config: UpbondAuthConfig) {}

  onModuleInit(): void {
    for (const sentence of missingPromises(this.config)) this.#logger.warn(sentence);
    if (this.config.responseMode !== 'form_post') return;
    const callback = new URL(this.config.redirectUri).pathname;
    this.#logger.warn(
      `With responseMode form_post the callback is posted by another site: app.enableCsrfProtection() needs ${callback} in its exclude list.`,
    );
  }
}
