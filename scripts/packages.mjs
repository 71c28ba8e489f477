// The published packages of this workspace.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

export const packages = ['libs/upbond-auth', 'libs/upbond-emulator'].map((path) => {
  const directory = join(root, path);
  /** @type {{ name: string, version: string, bin?: Record<string, string>, exports: object }} */
  const {
    name,
    version,
    bin = {},
    exports,
  } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  // Folders below src/ that have an index.ts
  const entryPoints = Object.keys(exports).filter((path) => !path.endsWith('.json'));
  return { name, version, directory, entryPoints, bin: Object.values(bin) };
});
