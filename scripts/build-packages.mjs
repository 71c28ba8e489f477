// Builds libs/*/dist, from nothing. Inside a package's folder (its prepack script) builds that one.
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { packages } from './packages.mjs';
import { main, run } from './run.mjs';

const here = packages.filter(({ directory }) => directory === process.cwd());

main(() => {
  for (const { name, directory, bin } of here.length > 0 ? here : packages) {
    rmSync(join(directory, 'dist'), { recursive: true, force: true });
    run('tsc', ['-p', join(directory, 'tsconfig.build.json')]);
    for (const file of bin) chmodSync(join(directory, file), 0o755);
    console.log(`built ${name}`);
  }
});
