import type { Provider } from '@nestjs/common';

/**
 * The options as the application wrote them, secrets and private keys included. Nest keeps providers and
 * their values where whatever prints one of its containers prints them: the options are out of sight there.
 */
export class WrittenOptions {
  readonly #options: unknown;

  constructor(options: unknown) {
    this.#options = options;
  }

  read(): unknown {
    return this.#options;
  }
}

/** The provider, with its value as {@link WrittenOptions}. */
export function outOfSight(provider: Provider): Provider {
  if ('useValue' in provider) {
    return { ...provider, useValue: new WrittenOptions(provider.useValue) };
  }
  if (!('useFactory' in provider)) return provider;
  const { useFactory } = provider;
  return {
    ...provider,
    useFactory: async (...injected: unknown[]) => new WrittenOptions(await useFactory(...injected)),
  };
}
