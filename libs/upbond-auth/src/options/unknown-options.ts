import { distance } from './edit-distance.js';
import { OPTION_PATHS } from './environment.js';
import { isRecord, kindOf } from './settings.js';
import type { Settings } from './settings.js';

const GROUPS = ['endpoints', 'routes'] as const;
const MAX_SHOWN = 40;

/** Names that other login libraries use, and that no typo explains. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  callbackurl: 'redirectUri',
  secret: 'sessionSecret',
  issuerbaseurl: 'domain',
  maxage: 'sessionLifetimeSeconds',
  clocktolerance: 'leewaySeconds',
  timeout: 'deadlineSeconds',
};

/** Refuses options that do not exist, which would otherwise be ignored in silence. */
export function refuseUnknownOptions(
  settings: Settings,
  options: Readonly<Record<string, unknown>>,
): void {
  const members = (prefix: string) =>
    OPTION_PATHS.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
  const top = [...members('').filter((path) => !path.includes('.')), ...GROUPS];
  refuseUnknown(settings, '', options, top);
  for (const group of GROUPS) {
    const value = options[group];
    if (value === undefined) continue;
    if (isRecord(value)) refuseUnknown(settings, `${group}.`, value, members(`${group}.`));
    else settings.refuseOption(group, `must be an object, but is ${kindOf(value)}.`, 'use { … }.');
  }
}

function refuseUnknown(
  settings: Settings,
  prefix: string,
  given: Readonly<Record<string, unknown>>,
  known: readonly string[],
): void {
  for (const name of Object.keys(given).filter((key) => !known.includes(key))) {
    const meant = closest(name, known);
    const fix = meant
      ? `did you mean ${prefix}${meant}?`
      : `remove it, or use one of: ${known.join(', ')}.`;
    settings.refuseOption(prefix + printable(name), 'does not exist.', fix);
  }
}

function closest(name: string, known: readonly string[]): string | undefined {
  const elsewhere = Object.hasOwn(ELSEWHERE, name.toLowerCase()) && ELSEWHERE[name.toLowerCase()];
  if (elsewhere && known.includes(elsewhere)) return elsewhere;
  const [nearest] = known
    .map((candidate) => ({ candidate, steps: distance(name.slice(0, MAX_SHOWN), candidate) }))
    .toSorted((one, other) => one.steps - other.steps);
  return nearest && nearest.steps <= nearest.candidate.length / 3 ? nearest.candidate : undefined;
}

function printable(name: string): string {
  return /^[\w.-]{1,40}$/.test(name) ? name : JSON.stringify(name.slice(0, MAX_SHOWN));
}
