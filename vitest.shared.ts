import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

type TestOptions = NonNullable<ViteUserConfig['test']>;

const capture = (file: string): string =>
  fileURLToPath(new URL(`test/support/log-capture/${file}`, import.meta.url));

/** What the three suites share: sources instead of builds, no retries, a report for scripts/check.mjs. */
export function suite(name: string, { env, ...options }: TestOptions): ViteUserConfig {
  return defineConfig({
    // The workspace packages resolve to their sources, so there is one copy of each.
    resolve: {
      tsconfigPaths: true,
      // The emulator with its log captured
      alias: { 'upbond-emulator': capture('emulator.ts') },
    },
    test: {
      name,
      environment: 'node',
      // What `nest generate` writes uses the globals.
      globals: true,
      // Decorator metadata: every spec may import Nest without thinking of it.
      setupFiles: ['reflect-metadata', capture('setup.ts'), capture('nest.ts')],
      // What is logged is searched for secrets when all suites have run: scripts/check-logs.mjs
      globalSetup: [capture('forget.ts')],
      env: { LOG_SUITE: name, ...env },
      testTimeout: 20_000,
      hookTimeout: 30_000,
      retry: 0,
      maxWorkers: 2,
      reporters: ['default', ['json', { outputFile: `test-output/${name}.json` }]],
      ...options,
    },
  });
}
