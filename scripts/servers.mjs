// Where the servers are that the tests start. Used by the set-up step and by the tests.
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

const DEBIAN_POSTGRES = '/usr/lib/postgresql';

export const MISSING_REDIS =
  'The tests need Redis: install it (Debian and Ubuntu: "sudo apt-get install redis-server") and run the command again.';

export const MISSING_POSTGRES =
  'The tests need PostgreSQL: install it (Debian and Ubuntu: "sudo apt-get install postgresql") and run the command again.';

export const MISSING_PGREP =
  'The tests need pgrep: install it (Debian and Ubuntu: "sudo apt-get install procps") and run the command again.';

/**
 * @param {string} command
 * @param {string[]} [more] folders besides the PATH
 * @returns {string | undefined}
 */
function find(command, more = []) {
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(isAbsolute), ...more];
  return folders.map((folder) => join(folder, command)).find((file) => existsSync(file));
}

/**
 * The absolute path of pgrep, with which the tests find the processes of a server, or undefined.
 *
 * @returns {string | undefined}
 */
export function findPgrep() {
  return find('pgrep');
}

/**
 * The absolute path of redis-server, or undefined.
 *
 * @returns {string | undefined}
 */
export function findRedis() {
  return find('redis-server');
}

/**
 * The absolute path of PostgreSQL's initdb, or undefined. The other programs are beside it, which they
 * need not be beside a link to it. Debian keeps them out of the PATH; the newest version counts.
 *
 * @returns {string | undefined}
 */
export function findPostgres() {
  const versions = existsSync(DEBIAN_POSTGRES) ? readdirSync(DEBIAN_POSTGRES) : [];
  const newestFirst = versions.toSorted((a, b) => Number(b) - Number(a));
  const found = find(
    'initdb',
    newestFirst.map((version) => join(DEBIAN_POSTGRES, version, 'bin')),
  );
  return found && realpathSync(found);
}
