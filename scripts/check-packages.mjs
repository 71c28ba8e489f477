// Builds and packs the packages as `npm publish` would and examines the tarballs, which stay in
// test-output/packages.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { packages, root } from './packages.mjs';
import { main, run } from './run.mjs';

const tarballs = join(root, 'test-output', 'packages');

main(() => {
  rmSync(tarballs, { recursive: true, force: true });
  mkdirSync(tarballs, { recursive: true });
  run('node', [join(root, 'scripts', 'build-packages.mjs')]);
  for (const { name, version, directory } of packages) {
    console.log(`\n${name} ${version}`);
    const options = ['--silent', '--ignore-scripts', '--pack-destination', tarballs];
    run('npm', ['pack', ...options], directory);
    const tarball = join(tarballs, `${name}-${version}.tgz`);
    run('publint', ['run', '--strict', tarball]);
    run('attw', ['--profile', 'esm-only', tarball]);
  }
});
