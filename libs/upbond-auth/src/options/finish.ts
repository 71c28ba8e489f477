import { inspect } from 'node:util';

const REDACTED = '[redacted]';

/** Freezes the configuration all the way down and keeps its secrets out of logs and JSON. */
export function finish<Config extends object>(config: Config, secrets: (keyof Config)[]): Config {
  const hidden = Object.fromEntries(secrets.map((name) => [name, REDACTED]));
  const render = { value: () => ({ ...config, ...hidden }), enumerable: false };
  return deepFreeze(Object.defineProperties(config, { toJSON: render, [inspect.custom]: render }));
}

function deepFreeze<Value extends object>(value: Value): Value {
  for (const member of Object.values(value)) {
    if (isPlain(member)) deepFreeze(member);
  }
  return Object.freeze(value);
}

/** Functions and instances of classes, such as a session store, belong to the application. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}
