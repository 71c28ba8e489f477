// The docs gate: every public symbol is documented, every type it mentions is exported, every link
// resolves. The pages stay in test-output/docs. One run per package: typedoc looks only at the
// package of its entry point.
import { join } from 'node:path';
import { packages, root } from './packages.mjs';
import { main, run } from './run.mjs';

main(() => {
  const failures = packages.filter(({ name, directory }) => {
    const entryPoint = join(directory, 'src', 'index.ts');
    const out = join(root, 'test-output', 'docs', name);
    try {
      run('typedoc', ['--name', name, '--out', out, entryPoint]);
      return false;
    } catch {
      return true;
    }
  });
  // A check of the code blocks in README.md and docs/ joins here.
  if (failures.length > 0) {
    throw new Error(`Documentation is missing in ${failures.map(({ name }) => name).join(', ')}.`);
  }
});
