// The docs gate. First typedoc: every public symbol is documented, every type it mentions is exported,
// every link resolves. The pages stay in test-output/docs. One run per package: typedoc looks only at
// the package of its entry points. Then the suite of test/docs: code blocks compile, tables say what the
// source says, links lead somewhere, and the README's quick start works in a fresh application.
import { join } from 'node:path';
import { packages, root } from './packages.mjs';
import { main, run } from './run.mjs';

/**
 * What public symbols mention and applications do not name: the table behind the union of error codes.
 * Typedoc complains when an entry is not needed any more.
 *
 * @type {Readonly<Record<string, string[]>>}
 */
const NOT_EXPORTED = {
  'nestjs-upbond-auth': ['ERROR_CODES'],
};

main(() => {
  const failures = packages.filter(({ name, directory, entryPoints }) => {
    const sources = entryPoints.map((path) => join(directory, 'src', path, 'index.ts'));
    const out = join(root, 'test-output', 'docs', name);
    const symbols = NOT_EXPORTED[name] ?? [];
    const known = symbols.flatMap((symbol) => ['--intentionallyNotExported', symbol]);
    try {
      run('typedoc', ['--name', name, '--out', out, ...known, ...sources]);
      return false;
    } catch {
      return true;
    }
  });
  const problems = failures.map(({ name }) => `Documentation is missing in ${name}.`);
  try {
    run('vitest', ['run', '--config', 'vitest.config.docs.ts', ...process.argv.slice(2)]);
  } catch {
    problems.push('The documents do not say what is true.');
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
});
