#!/usr/bin/env node
import { createRequire } from 'node:module';
import { help, parseCommandLine } from './cli-options.js';
import { startUpbondEmulator } from './emulator.js';
import type { UpbondEmulator } from './emulator.js';
import { UpbondEmulatorError } from './errors.js';

function version(): string {
  // By name: the file lies elsewhere when a workspace compiles the command into its own folder.
  const require = createRequire(import.meta.url);
  return (require('upbond-emulator/package.json') as { version: string }).version;
}

function environmentOf({ url, clients: [client] }: UpbondEmulator): string {
  const variables = [
    ['UPBOND_DOMAIN', url],
    ['UPBOND_CLIENT_ID', client?.clientId],
    ['UPBOND_CLIENT_SECRET', client?.clientSecret],
    ['UPBOND_REDIRECT_URI', client?.redirectUris[0]],
  ];
  const set = variables.filter(([, value]) => value !== undefined);
  return set.map(([name, value]) => `  ${name}=${value}`).join('\n');
}

function banner(emulator: UpbondEmulator, milliseconds: number): string {
  const { url, clients, users } = emulator;
  return `
UPBOND Login 3.0 emulator ${version()} is ready (${milliseconds} ms)

  URL      ${url}
  Clients  ${clients.map(({ clientId }) => clientId).join(', ')}
  People   ${users.map(({ name }) => name).join(', ')}

Paste this into the .env of your application:

${environmentOf(emulator)}

For development only: anybody can sign in as anybody. Stop with Ctrl+C.
`;
}

function closeOnSignal(emulator: UpbondEmulator): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void emulator.close());
  }
}

async function main(args: string[]): Promise<void> {
  const command = parseCommandLine(args);
  if (command === 'help') return console.log(help);
  if (command === 'version') return console.log(version());
  const start = performance.now();
  const emulator = await startUpbondEmulator(command);
  closeOnSignal(emulator);
  console.log(banner(emulator, Math.round(performance.now() - start)));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof UpbondEmulatorError)) throw error;
  console.error(`upbond-emulator: ${error.message}`);
  process.exitCode = 1;
});
