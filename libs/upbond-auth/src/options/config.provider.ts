import type { FactoryProvider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { ENVIRONMENT, type EnvironmentSource } from './environment.provider.js';
import { nameProblem } from './instance-names.js';
import { resolveConfig, type UpbondAuthConfig } from './upbond-auth-config.js';
import type { UpbondAuthOptions } from './upbond-auth-options.js';
import type { WrittenOptions } from './written-options.provider.js';

/** Injection token of the resolved {@link UpbondAuthConfig} of an instance. */
export const UPBOND_AUTH_CONFIG = Symbol('UPBOND_AUTH_CONFIG');

/** Injection token of the {@link WrittenOptions} of an instance. */
export const UPBOND_AUTH_OPTIONS = Symbol('UPBOND_AUTH_OPTIONS');

/** Injection token of the name of an instance. */
export const INSTANCE_NAME = Symbol('UPBOND_AUTH_INSTANCE_NAME');

export const CONFIG_PROVIDER: FactoryProvider<UpbondAuthConfig> = {
  provide: UPBOND_AUTH_CONFIG,
  inject: [INSTANCE_NAME, UPBOND_AUTH_OPTIONS, ENVIRONMENT, ModulesContainer],
  useFactory: (
    name: string,
    options: WrittenOptions,
    { read, configModuleIsPresent }: EnvironmentSource,
    modules: ModulesContainer,
  ) => {
    const problem = nameProblem(name, instanceNames(modules));
    if (problem) throw new Error(problem);
    return resolveConfig(name, options.read() as UpbondAuthOptions, read, configModuleIsPresent);
  },
};

function instanceNames(modules: ModulesContainer): string[] {
  return [...modules.values()].flatMap(
    ({ providers }) => (providers.get(INSTANCE_NAME)?.instance as string | undefined) ?? [],
  );
}
