import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './packages.mjs';

/**
 * Runs a command with the terminal as its own; throws when it fails.
 *
 * @param {string} command a command of node_modules/.bin, or one on the PATH
 * @param {string[]} args
 * @param {string} [cwd]
 */
export function run(command, args, cwd = root) {
  const bin = join(root, 'node_modules', '.bin');
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  const { status, error } = spawnSync(command, args, { cwd, env, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: exit status ${status}`);
}

/**
 * Ends the process with one line instead of a stack when the script fails.
 *
 * @param {() => void} script
 */
export function main(script) {
  try {
    script();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
