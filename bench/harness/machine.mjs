// @ts-check
// Where it was measured, and what.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { findRedis } from '../../scripts/servers.mjs';

export function describeMachine() {
  return {
    cpu: cpus()[0]?.model.trim() || process.arch,
    cpus: availableParallelism(),
    memory: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
  };
}

const FROM_ROOT = ['@nestjs/core', '@nestjs/platform-express', '@nestjs/platform-fastify', 'redis'];

/** @returns {Record<string, string>} */
export function describeVersions() {
  const url = new URL('../package.json', import.meta.url);
  const { dependencies } = JSON.parse(readFileSync(url, 'utf8'));
  const names = FROM_ROOT.map((name) => [name, versionOf(name)]);
  const redis = execFileSync(findRedis() ?? 'redis-server', ['--version'], { encoding: 'utf8' });
  return {
    Node: process.versions.node,
    'redis-server': /v=([\d.]+)/.exec(redis)?.[1] ?? '',
    ...Object.fromEntries(names),
    ...dependencies,
  };
}

const require = createRequire(import.meta.url);

/** @param {string} name */
function versionOf(name) {
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      return String(JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')).version);
    } catch {
      continue;
    }
  }
  return '';
}
