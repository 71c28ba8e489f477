import { DEFAULTS } from './defaults.js';
import type { Settings } from './settings.js';
import { seconds } from './values.js';

const RANGES = {
  opaqueAccessTokenCacheSeconds: [0, 3600],
  leewaySeconds: [0, 300],
  deadlineSeconds: [1, 60],
  transactionLifetimeSeconds: [60, 3600],
  sessionLifetimeSeconds: [60, 365 * 24 * 60 * 60],
  sessionIdleSeconds: [60, 365 * 24 * 60 * 60],
} as const;

/** How long things may take. */
export function durations(settings: Settings) {
  const duration = (name: keyof typeof RANGES) =>
    seconds(settings, name, RANGES[name]) ?? DEFAULTS[name];
  return {
    opaqueAccessTokenCacheSeconds: duration('opaqueAccessTokenCacheSeconds'),
    leewaySeconds: duration('leewaySeconds'),
    deadlineSeconds: duration('deadlineSeconds'),
    transactionLifetimeSeconds: duration('transactionLifetimeSeconds'),
    sessionLifetimeSeconds: duration('sessionLifetimeSeconds'),
    sessionIdleSeconds: duration('sessionIdleSeconds'),
  };
}
