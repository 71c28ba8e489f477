import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { UpbondAuthOptions } from './options/upbond-auth-options.js';

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

/** The name of the instance that has none. */
export const DEFAULT_INSTANCE = 'default';

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<UpbondAuthOptions>({ moduleName: 'UpbondAuth' })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createUpbondAuthOptions')
    .setExtras<UpbondAuthModuleExtras>(
      { isGlobal: true, name: DEFAULT_INSTANCE },
      (definition) => definition,
    )
    .build();
