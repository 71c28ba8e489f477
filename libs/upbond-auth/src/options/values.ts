import type { OptionPath } from './environment.js';
import { kindOf } from './settings.js';
import type { Settings } from './settings.js';

/** Text without the usual accidents of copying; `undefined` when not set or refused. */
export function text(settings: Settings, path: OptionPath): string | undefined {
  const value = settings.value(path);
  if (value === undefined) return undefined;
  const problem = textProblem(value);
  return problem ? settings.refuse(path, ...problem) : (value as string);
}

/** What is wrong with a value that should be text without the usual accidents of copying. */
export function textProblem(value: unknown): [problem: string, fix: string] | undefined {
  if (typeof value !== 'string') {
    return [`must be text, but is ${kindOf(value)}.`, 'give it as a string.'];
  }
  if (value.trim() === '') return ['is empty.', 'give it a value, or leave it out.'];
  if (value !== value.trim())
    return ['has white space before or after it.', 'remove the white space.'];
  if (/^(["'`]).*\1$/s.test(value)) {
    return [
      'is wrapped in quotation marks that are part of the value.',
      'remove them: unlike a shell, docker --env-file and many panels keep them.',
    ];
  }
  if (/\p{Cc}/u.test(value)) {
    return ['contains a line break or another control character.', 'copy the value again.'];
  }
  return undefined;
}

/** Text that must be set. */
export function requiredText(settings: Settings, path: OptionPath, fix: string) {
  return settings.value(path) === undefined
    ? settings.refuseMissing(path, fix)
    : text(settings, path);
}

/** One of a few words. */
export function oneOf<Word extends string>(
  settings: Settings,
  path: OptionPath,
  words: readonly Word[],
): Word | undefined {
  const value = text(settings, path);
  if (value === undefined) return undefined;
  const word = words.find((candidate) => candidate === value);
  return word ?? settings.refuse(path, 'is not a known value.', `use ${alternatives(words)}.`);
}

/** Words from a list, or from text with white space between them. */
export function words(settings: Settings, path: OptionPath): string[] | undefined {
  const value = settings.value(path);
  if (value === undefined) return undefined;
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.every((item) => typeof item === 'string')) {
    return [...new Set(list.flatMap((item) => item.split(/\s+/)).filter((word) => word !== ''))];
  }
  return settings.refuse(path, 'must be text or a list of texts.', 'give it as strings.');
}

/** A switch that is off unless it is set. */
export function flag(settings: Settings, path: OptionPath): boolean {
  const value = settings.value(path);
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  const isText = settings.isFromEnvironment(path) && typeof value === 'string';
  if (isText && /^(true|1)$/i.test(value)) return true;
  if (!isText || !/^(false|0)$/i.test(value)) {
    settings.refuse(path, 'must be true or false.', 'write true or false, or leave it out.');
  }
  return false;
}

/** Whole seconds within a range. */
export function seconds(
  settings: Settings,
  path: OptionPath,
  [least, most]: readonly [number, number],
): number | undefined {
  const value = settings.value(path);
  if (value === undefined) return undefined;
  const isDigits =
    settings.isFromEnvironment(path) && typeof value === 'string' && /^\d+$/.test(value);
  const number = isDigits ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most) {
    return number;
  }
  const range = `from ${least} to ${most}`;
  return settings.refuse(
    path,
    `must be a whole number of seconds ${range}.`,
    `write a number ${range} in digits, without a unit.`,
  );
}

/** A function that the application supplies. */
export function hook(settings: Settings, path: OptionPath): unknown {
  const value = settings.value(path);
  if (value === undefined || typeof value === 'function') return value;
  return settings.refuse(
    path,
    `must be a function, but is ${kindOf(value)}.`,
    'pass a function, or leave it out.',
  );
}

/** `a`, `a or b`, `a, b or c`. */
export function alternatives(list: readonly string[]): string {
  return list.length < 2 ? list.join('') : `${list.slice(0, -1).join(', ')} or ${list.at(-1)}`;
}
