import type { FactoryProvider } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { ModulesContainer } from '@nestjs/core';

/** Where the variables come from. */
export interface EnvironmentSource {
  readonly read: (variable: string) => unknown;
  /** Whether the application imports `ConfigModule`. */
  readonly configModuleIsPresent: boolean;
}

/** Injection token of the {@link EnvironmentSource}. */
export const ENVIRONMENT = Symbol('UPBOND_AUTH_ENVIRONMENT');

/** Reads variables through the application's `ConfigService`; never calls `ConfigModule.forRoot()`. */
export const ENVIRONMENT_PROVIDER: FactoryProvider<EnvironmentSource> = {
  provide: ENVIRONMENT,
  inject: [ModulesContainer, { token: ConfigService, optional: true }],
  useFactory: (modules: ModulesContainer, injected?: ConfigService) => {
    // Without ConfigModule a ConfigService of our own still reads what the shell supplies
    const service = injected ?? new ConfigService();
    const read = (variable: string): unknown => service.get(variable);
    return { read, configModuleIsPresent: injected !== undefined || hasConfigModule(modules) };
  },
};

/** A ConfigModule that is not global hands over no service, but has read its file into the environment. */
function hasConfigModule(modules: ModulesContainer): boolean {
  return [...modules.values()].some(({ metatype }) => metatype === ConfigModule);
}
