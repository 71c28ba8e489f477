// `npm run bench`: the contenders are installed, the library is built as it would be published, and then
// it is measured. Arguments are those of bench/run.mjs.
import { join } from 'node:path';
import { installBenchDependencies } from './bench-dependencies.mjs';
import { root } from './packages.mjs';
import { main, run } from './run.mjs';

main(() => {
  installBenchDependencies();
  run('node', [join(root, 'scripts', 'build-packages.mjs')]);
  run('node', [join(root, 'bench', 'run.mjs'), ...process.argv.slice(2)]);
});
