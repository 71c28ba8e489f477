import { givenClientSecrets } from './client-secrets.js';
import type { Settings } from './settings.js';
import { weaknessOf } from './weak-secret.js';

const MAKE_ONE = 'set it to the output of: openssl rand -base64 48';
const REPLACE_IT = 'replace it with the output of: openssl rand -base64 48';

/** The secrets that seal cookies, newest first. No message shows any part of them. */
export function sessionSecrets(settings: Settings): readonly string[] | undefined {
  const value = settings.value('sessionSecret');
  if (value === undefined) return settings.refuseMissing('sessionSecret', MAKE_ONE);
  const list: readonly unknown[] = typeof value === 'string' ? split(value) : asList(value);
  if (!list.every((item) => typeof item === 'string')) {
    return settings.refuse('sessionSecret', 'must be text or a list of texts.', MAKE_ONE);
  }
  if (list.length === 0) return settings.refuse('sessionSecret', 'is empty.', MAKE_ONE);
  const mistakes = mistakesOf(list, givenClientSecrets(settings));
  for (const [problem, fix] of mistakes) settings.refuse('sessionSecret', problem, fix);
  return mistakes.length === 0 ? [...list] : undefined;
}

function split(value: string): string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? Array.from<unknown>(value) : [value];
}

function mistakesOf(secrets: readonly string[], clientSecrets: readonly unknown[]) {
  return secrets.flatMap((secret, index): (readonly [problem: string, fix: string])[] => {
    const which =
      secrets.length === 1 ? '' : `holds ${secrets.length} secrets, and number ${index + 1} `;
    const first = secrets.indexOf(secret);
    if (first < index) {
      return [[`${which}is the same as number ${first + 1}.`, 'remove one of the two.']];
    }
    if (clientSecrets.includes(secret)) {
      return [[`${which}is the client secret: a secret serves one purpose.`, REPLACE_IT]];
    }
    const weakness = weaknessOf(secret);
    return weakness === undefined ? [] : [[`${which}${weakness}.`, REPLACE_IT]];
  });
}
