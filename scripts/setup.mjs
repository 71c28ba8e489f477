// Finds what the tests need beyond npm, or installs it: a Chromium, a Redis and a PostgreSQL server, and
// the tool that finds the processes of a server. And what the benchmark compares us with, from npm.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { installBenchDependencies } from './bench-dependencies.mjs';
import { findChromium, MISSING_CHROMIUM } from './chromium.mjs';
import {
  findPgrep,
  findPostgres,
  findRedis,
  MISSING_PGREP,
  MISSING_POSTGRES,
  MISSING_REDIS,
} from './servers.mjs';

/** What is needed, how to find it, its Debian package, and what to say when it cannot be had. */
const NEEDS = [
  { what: 'Chromium', find: findChromium, package: 'chromium', missing: MISSING_CHROMIUM },
  { what: 'Redis', find: findRedis, package: 'redis-server', missing: MISSING_REDIS },
  { what: 'PostgreSQL', find: findPostgres, package: 'postgresql', missing: MISSING_POSTGRES },
  { what: 'pgrep', find: findPgrep, package: 'procps', missing: MISSING_PGREP },
];

const canInstall = process.getuid?.() === 0 && existsSync('/etc/debian_version');

/** @param {string[]} args */
function aptGet(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', args, { stdio: 'inherit', env }).status === 0;
}

/** @param {string[]} packages */
function install(packages) {
  console.log(`Not found: ${packages.join(', ')}. Installing with apt-get.`);
  return (
    aptGet('update', '-q') && aptGet('install', '-q', '-y', '--no-install-recommends', ...packages)
  );
}

try {
  const absent = NEEDS.filter(({ find }) => !find());
  if (absent.length > 0 && canInstall) install(absent.map((need) => need.package));
  for (const { what, find, missing } of NEEDS) {
    const found = find();
    if (!found) throw new Error(missing);
    console.log(`${what} for the tests: ${found}`);
  }
  installBenchDependencies();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
