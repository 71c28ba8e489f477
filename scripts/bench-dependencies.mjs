// What the benchmark compares us with has a package.json and a lock file of its own.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './packages.mjs';
import { run } from './run.mjs';

const bench = join(root, 'bench');

/** Installs the contenders of the benchmark where they are missing. */
export function installBenchDependencies() {
  if (!existsSync(join(bench, 'node_modules'))) run('npm', ['ci'], bench);
}
