import type { Settings } from './settings.js';
import type { ClientAuthenticationMethod } from './upbond-auth-options.js';
import { textProblem } from './values.js';

const PATH = 'clientSecret';
const MOST = 2;

/** The secrets of the client in the order they are tried; no message shows any part of them. */
export function clientSecrets(
  settings: Settings,
  method: ClientAuthenticationMethod | undefined,
): readonly string[] | undefined {
  if (settings.value(PATH) === undefined) return noSecrets(settings, method);
  if (method === 'none') {
    return settings.refuse(
      PATH,
      'is set, although clientAuthentication is none: a public client has no secret.',
      `remove it, or set ${settings.label('clientAuthentication')} to client_secret_post.`,
    );
  }
  const list = givenClientSecrets(settings);
  const mistakes = mistakesOf(list);
  for (const [problem, fix] of mistakes) settings.refuse(PATH, problem, fix);
  return mistakes.length === 0 ? (list as readonly string[]) : undefined;
}

/** What is written for the client secret, unchecked; the variable has two separated by a comma. */
export function givenClientSecrets(settings: Settings): readonly unknown[] {
  const value = settings.value(PATH);
  if (value === undefined) return [];
  if (Array.isArray(value)) return Array.from<unknown>(value);
  const isList = typeof value === 'string' && settings.isFromEnvironment(PATH);
  if (!isList || !value.includes(',')) return [value];
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function noSecrets(
  settings: Settings,
  method: ClientAuthenticationMethod | undefined,
): readonly string[] | undefined {
  // Without a valid method nobody can say whether a secret is needed
  if (method === undefined || method === 'none' || method === 'private_key_jwt') return [];
  return settings.refuseMissing(
    PATH,
    `set it to the secret that UPBOND issued with the client id. Only if the application is registered as a public client, set ${settings.label('clientAuthentication')} to none instead.`,
  );
}

function mistakesOf(
  list: readonly unknown[],
): readonly (readonly [problem: string, fix: string])[] {
  const fix = 'give the secret that UPBOND issued, or the new one and the old one.';
  if (list.length === 0) return [['is empty.', fix]];
  if (list.length > MOST) {
    return [[`holds ${list.length} secrets, but at most ${MOST} are good at a time.`, fix]];
  }
  if (list.length === 2 && list[0] === list[1]) {
    return [['holds the same secret twice.', 'remove one of the two.']];
  }
  return list.flatMap((secret, index) => {
    const which = list.length === 1 ? '' : `holds 2 secrets, and number ${index + 1} `;
    const mistake = textProblem(secret);
    return mistake ? [[`${which}${mistake[0]}`, mistake[1]] as const] : [];
  });
}
