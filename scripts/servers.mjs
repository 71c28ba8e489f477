// Where the servers are that the tests start. Used by the set-up step.
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const DEBIAN_POSTGRES = '/usr/lib/postgresql';

export const MISSING_REDIS =
  'The tests need Redis: install it (Debian and Ubuntu: "sudo apt-get install redis-server") and run the command again.';

export const MISSING_POSTGRES =
  'The tests need PostgreSQL: install it (Debian and Ubuntu: "sudo apt-get install postgresql") and run the command again.';

/** @param {string} command @param {string[]} [more] folders besides the PATH */
function find(command, more = []) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...more];
  return folders.map((folder) => join(folder, command)).find((file) => existsSync(file));
}

/** The absolute path of redis-server, or undefined. */
export function findRedis() {
  return find('redis-server');
}

/** The absolute path of PostgreSQL's initdb, which Debian keeps out of the PATH, or undefined. */
export function findPostgres() {
  const versions = existsSync(DEBIAN_POSTGRES) ? readdirSync(DEBIAN_POSTGRES) : [];
  return find(
    'initdb',
    versions.map((version) => join(DEBIAN_POSTGRES, version, 'bin')),
  );
}
