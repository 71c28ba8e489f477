import { Logger } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { JSONWebKeySet } from 'jose';
import { HTTP } from '../authorization-server/http.provider.js';
import { CLOCK, type Clock } from '../options/clock.provider.js';
import { CONFIG_PROVIDER, INSTANCE_NAME, UPBOND_AUTH_CONFIG } from '../options/config.provider.js';
import { WrittenOptions } from '../options/written-options.provider.js';
import type { EnvironmentSource } from '../options/environment.provider.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { SESSIONS } from '../session/sessions.provider.js';
import type { Sessions } from '../session/sessions.js';
import { memoryHttp } from './memory-http.js';
import { testingOptions, type OptionsOfKit } from './testing-options.js';
import type { InstanceUnderTest } from './testing-session.js';

/**
 * What {@link UpbondTesting.override} needs of the `TestingModuleBuilder` of `@nestjs/testing`, which
 * this library does not depend on.
 */
export interface OverridableModule {
  /** Replaces a provider in every module that has it. */
  overrideProvider(token: unknown): {
    /** Replaces it by a value. */
    useValue(value: unknown): unknown;
    /** Replaces it by what a factory makes of other providers of its module. */
    useFactory(options: {
      factory: (...injected: never[]) => unknown;
      inject?: unknown[];
    }): unknown;
  };
}

/** The instances of the applications that were given to a kit, by name; the latest counts. */
export class InstancesUnderTest {
  readonly #modules = new Map<string, ModuleRef>();

  add(name: string, module: ModuleRef): void {
    this.#modules.set(name, module);
  }

  find(name: string): InstanceUnderTest | undefined {
    const module = this.#modules.get(name);
    return (
      module && {
        config: module.get<UpbondAuthConfig>(UPBOND_AUTH_CONFIG, { strict: true }),
        sessions: module.get<Sessions>(SESSIONS, { strict: true }),
      }
    );
  }
}

/** What a kit puts in place of the application's own. */
export interface Replacements extends OptionsOfKit {
  readonly jwks: JSONWebKeySet;
  readonly now: Clock;
  readonly instances: InstancesUnderTest;
}

/** Replaces clock, network and authorization server in every instance of one testing module. */
export function overrideProviders(module: OverridableModule, kit: Replacements): void {
  const log = new Logger('UpbondTesting');
  const http = memoryHttp({ ...kit, report: (message) => log.error(message) });
  module.overrideProvider(CLOCK).useValue(kit.now);
  module.overrideProvider(HTTP).useFactory({
    inject: [INSTANCE_NAME, ModuleRef],
    factory: (name: string, ref: ModuleRef) => {
      kit.instances.add(name, ref);
      return http;
    },
  });
  module.overrideProvider(UPBOND_AUTH_CONFIG).useFactory({
    inject: CONFIG_PROVIDER.inject ?? [],
    factory: (
      name: string,
      written: WrittenOptions,
      environment: EnvironmentSource,
      ...rest: unknown[]
    ) => {
      const options = testingOptions(name, written.read(), environment.read, kit);
      const replaced = new WrittenOptions(options);
      return CONFIG_PROVIDER.useFactory(name, replaced, environment, ...rest);
    },
  });
}
