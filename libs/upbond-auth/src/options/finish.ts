import { inspect } from 'node:util';
import { deepFreeze } from './deep-freeze.js';

const REDACTED = '[redacted]';

/** Freezes the configuration all the way down and keeps its secrets out of logs and JSON. */
export function finish<Config extends object>(config: Config, secrets: (keyof Config)[]): Config {
  const hidden = Object.fromEntries(secrets.map((name) => [name, REDACTED]));
  const render = { value: () => ({ ...config, ...hidden }), enumerable: false };
  return deepFreeze(Object.defineProperties(config, { toJSON: render, [inspect.custom]: render }));
}
