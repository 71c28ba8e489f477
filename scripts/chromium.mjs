// Where a Chromium is. Used by the set-up step and by the browser tests.
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

const COMMANDS = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  'microsoft-edge',
];
const APPLICATIONS = [
  '/usr/bin/chromium',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

export const MISSING_CHROMIUM =
  'The browser tests need Chromium: install it (Debian and Ubuntu: "sudo apt-get install chromium"), ' +
  'or set CHROMIUM_PATH to the executable of a Chromium or Google Chrome, and run the command again.';

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The absolute path of a Chromium, or undefined. A CHROMIUM_PATH that names no executable is an
 * error rather than a hint.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string | undefined}
 */
export function findChromium(env = process.env) {
  if (env.CHROMIUM_PATH) {
    if (isAbsolute(env.CHROMIUM_PATH) && isExecutable(env.CHROMIUM_PATH)) return env.CHROMIUM_PATH;
    throw new Error(`CHROMIUM_PATH is "${env.CHROMIUM_PATH}", which is not an executable file.`);
  }
  const folders = (env.PATH ?? '').split(delimiter).filter(isAbsolute);
  const onPath = COMMANDS.flatMap((command) => folders.map((folder) => join(folder, command)));
  return [...onPath, ...APPLICATIONS].find(isExecutable);
}
