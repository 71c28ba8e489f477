// Runs one TypeScript file of the tests in a process of its own, from the sources, as vitest does:
// node test/support/run-typescript.mjs test/session/application-process.ts
import 'reflect-metadata';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';

const [, , file = ''] = process.argv;
const server = await createServer({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  configFile: false,
  appType: 'custom',
  logLevel: 'error',
  resolve: { tsconfigPaths: true },
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
});
await server.ssrLoadModule('/test/support/log-capture/setup.ts');
await server.ssrLoadModule('/test/support/log-capture/nest.ts');
await server.ssrLoadModule(`/${file}`);
