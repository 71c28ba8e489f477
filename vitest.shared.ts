import { defineConfig, type ViteUserConfig } from 'vitest/config';

type TestOptions = NonNullable<ViteUserConfig['test']>;

/** What the three suites share: sources instead of builds, no retries, a report for scripts/check.mjs. */
export function suite(name: string, options: TestOptions): ViteUserConfig {
  return defineConfig({
    // The workspace packages resolve to their sources, so there is one copy of each.
    resolve: { tsconfigPaths: true },
    test: {
      name,
      environment: 'node',
      // What `nest generate` writes uses the globals.
      globals: true,
      // Decorator metadata: every spec may import Nest without thinking of it.
      setupFiles: ['reflect-metadata'],
      testTimeout: 20_000,
      hookTimeout: 30_000,
      retry: 0,
      maxWorkers: 2,
      reporters: ['default', ['json', { outputFile: `test-output/${name}.json` }]],
      ...options,
    },
  });
}
