// Finds what the tests need beyond npm, a Chromium, or installs it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findChromium, MISSING_CHROMIUM } from './chromium.mjs';

const canInstall = process.getuid?.() === 0 && existsSync('/etc/debian_version');

/** @param {string[]} args */
function aptGet(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', args, { stdio: 'inherit', env }).status === 0;
}

function install() {
  console.log('No Chromium found: installing it with apt-get.');
  return (
    aptGet('update', '-q') && aptGet('install', '-q', '-y', '--no-install-recommends', 'chromium')
  );
}

try {
  if (!findChromium() && canInstall) install();
  const chromium = findChromium();
  if (!chromium) throw new Error(MISSING_CHROMIUM);
  console.log(`Chromium for the browser tests: ${chromium}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
