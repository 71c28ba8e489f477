// @ts-check
// What an application gets on its disk, and from how many packages. Nest and its companions, which are
// peer dependencies of everything here, do not count.
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../../scripts/packages.mjs';

const bench = fileURLToPath(new URL('..', import.meta.url));
const library = join(root, 'libs', 'upbond-auth');

/** @type {[what: string, from: string, names: string[]][]} */
const CASES = [
  ['passport-jwt + jwks-rsa', bench, ['@nestjs/passport', 'passport', 'passport-jwt', 'jwks-rsa']],
  ['express-oauth2-jwt-bearer', bench, ['express-oauth2-jwt-bearer']],
  ['nest-keycloak-connect', bench, ['nest-keycloak-connect', 'keycloak-connect']],
  ['express-openid-connect', bench, ['express-openid-connect']],
  ['passport-auth0', bench, ['@nestjs/passport', 'passport', 'passport-auth0', 'express-session']],
  [
    'openid-client passport',
    bench,
    ['@nestjs/passport', 'passport', 'openid-client', 'express-session'],
  ],
  ['iron-session', bench, ['iron-session']],
];

/** @typedef {{ what: string, packages: number, bytes: number, own?: number }} Size packages besides the named ones' peers; own: of the library itself */

/** @returns {Size[]} */
export function measureSize() {
  const own = ['dist', 'README.md', 'LICENSE', 'package.json'].reduce(
    (bytes, name) => bytes + bytesIn(join(library, name)),
    0,
  );
  const dependencies = tree(library, Object.keys(manifestOf(library).dependencies ?? {}));
  const ours = { what: 'nestjs-upbond-auth', packages: dependencies.size, own };
  return [
    { ...ours, bytes: own + sum(dependencies) },
    ...CASES.map(([what, from, names]) => {
      const folders = tree(from, names);
      return { what, packages: folders.size - 1, bytes: sum(folders) };
    }),
  ];
}

/** @param {Set<string>} folders */
const sum = (folders) => [...folders].reduce((bytes, folder) => bytes + bytesIn(folder), 0);

/** @param {string} folder @returns {{ dependencies?: Record<string, string> }} */
const manifestOf = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/** The folders of packages and of everything that they depend on. @param {string} from @param {string[]} names @param {Set<string>} [found] */
function tree(from, names, found = new Set()) {
  for (const name of names) {
    const folder = resolve(from, name);
    if (found.has(folder)) continue;
    found.add(folder);
    tree(folder, Object.keys(manifestOf(folder).dependencies ?? {}), found);
  }
  return found;
}

/** Where Node finds a package. @param {string} from @param {string} name @returns {string} */
function resolve(from, name) {
  const folder = join(from, 'node_modules', name);
  if (statSync(join(folder, 'package.json'), { throwIfNoEntry: false }))
    return realpathSync(folder);
  if (dirname(from) === from) throw new Error(`${name} is not installed`);
  return resolve(dirname(from), name);
}

/** Without what is nested: it is counted where it is depended on. @param {string} path @returns {number} */
function bytesIn(path) {
  const status = statSync(path);
  if (!status.isDirectory()) return status.size;
  return readdirSync(path)
    .filter((name) => name !== 'node_modules')
    .reduce((bytes, name) => bytes + bytesIn(join(path, name)), 0);
}
