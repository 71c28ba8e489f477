import { findChromium, MISSING_CHROMIUM } from './scripts/chromium.mjs';
import { suite } from './vitest.shared.js';

const chromium = findChromium();
if (!chromium) throw new Error(MISSING_CHROMIUM);

export default suite('browser', {
  include: ['test/browser/**/*.browser-spec.ts'],
  env: { CHROMIUM_PATH: chromium },
  pool: 'forks',
  // One browser at a time: two cores, and screenshots that do not depend on load.
  fileParallelism: false,
  testTimeout: 60_000,
  hookTimeout: 60_000,
});
