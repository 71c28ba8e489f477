import { PROTOCOL_PARAMETERS } from './protocol-parameters.js';
import { isRecord, kindOf } from './settings.js';
import type { Settings } from './settings.js';
import type { UpbondAuthOptions } from './upbond-auth-options.js';

const PATH = 'authorizationParameters';

/** Further parameters of the authorization request; what a function returns is checked per login. */
export function authorizationParameters(
  settings: Settings,
): UpbondAuthOptions['authorizationParameters'] {
  const value = settings.value(PATH);
  if (value === undefined) return undefined;
  if (typeof value === 'function') {
    return value as UpbondAuthOptions['authorizationParameters'];
  }
  if (!isRecord(value)) {
    const problem = `must be an object or a function, but is ${kindOf(value)}.`;
    return settings.refuse(PATH, problem, "write it like { ui_locales: 'ja' }.");
  }
  refuseProtocolParameters(settings, Object.keys(value));
  if (Object.values(value).every((item) => typeof item === 'string')) {
    return { ...(value as Readonly<Record<string, string>>) };
  }
  return settings.refuse(PATH, 'has a value that is not text.', 'make all values strings.');
}

function refuseProtocolParameters(settings: Settings, names: readonly string[]): void {
  const taken = names.filter((name) => PROTOCOL_PARAMETERS.has(name));
  if (taken.length === 0) return;
  settings.refuse(
    PATH,
    `sets ${taken.join(', ')}, which only the library may set.`,
    `remove ${taken.join(', ')}.`,
  );
}
