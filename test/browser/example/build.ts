import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const MAIN = join(ROOT, 'dist/src/main.js');
const SOURCES = ['src', 'libs/upbond-auth/src', 'libs/upbond-emulator/src'];

/** The compiled example, as `npm start` runs it; compiled here when a source is newer. */
export function builtExample(): string {
  const built = statSync(MAIN, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built < newestSource()) build();
  return MAIN;
}

function build(): void {
  const nest = join(ROOT, 'node_modules/@nestjs/cli/bin/nest.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [nest, 'build'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`The example does not compile:\n${stdout}${stderr}`);
}

function newestSource(): number {
  const times = SOURCES.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
      .map((file) => statSync(join(ROOT, folder, file)).mtimeMs),
  );
  return Math.max(...times);
}
