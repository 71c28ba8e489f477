import { ConfigurableModuleBuilder, type DynamicModule, type Provider } from '@nestjs/common';
import { UPBOND_AUTH_OPTIONS } from './options/config.provider.js';
import { DEFAULT_INSTANCE } from './options/instance-names.js';
import type { UpbondAuthOptions } from './options/upbond-auth-options.js';
import { outOfSight } from './options/written-options.provider.js';

/** What is decided where the module is imported, beside its options. */
export interface UpbondAuthModuleExtras {
  /**
   * Whether `UpbondGuard` works in every module of the application. With `false`, each module that
   * guards routes has to import the very same dynamic module.
   * @default true
   */
  isGlobal?: boolean;
  /**
   * Name of a further instance, with a strategy, cookies and caches of its own. Its routes are guarded
   * with `UpbondGuard.for(name)` and its variables start with `UPBOND_<NAME>_`.
   * @default 'default'
   */
  name?: string;
}

export const { ConfigurableModuleClass, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<UpbondAuthOptions>({ optionsInjectionToken: UPBOND_AUTH_OPTIONS })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createUpbondAuthOptions')
    .setExtras<UpbondAuthModuleExtras>({ isGlobal: true, name: DEFAULT_INSTANCE }, hideOptions)
    .build();

function hideOptions(definition: DynamicModule): DynamicModule {
  const isOptions = (provider: Provider) =>
    'provide' in provider && provider.provide === UPBOND_AUTH_OPTIONS;
  const providers = definition.providers?.map((provider) =>
    isOptions(provider) ? outOfSight(provider) : provider,
  );
  return { ...definition, ...(providers && { providers }) };
}
