import { readKey, type ClientAssertionSigningKey } from './client-assertion-key.js';
import { isRecord, type Settings } from './settings.js';
import type { ClientAuthenticationMethod } from './upbond-auth-options.js';

type Given = Readonly<Record<string, unknown>>;
const PATH = 'clientAssertionKeys';
const MOST = 2;
const SHAPE =
  'write { key, keyId, algorithm }, or a list of two such objects; in the variable as JSON.';

/** The keys that sign client assertions, in the order they are tried. No message shows any part of one. */
export function clientAssertionKeys(
  settings: Settings,
  method: ClientAuthenticationMethod | undefined,
): readonly ClientAssertionSigningKey[] | undefined {
  if (settings.value(PATH) === undefined) {
    if (method !== 'private_key_jwt') return [];
    return settings.refuseMissing(
      PATH,
      'set it to the private key, its key id at Login 3.0 and its algorithm.',
    );
  }
  if (method !== undefined && method !== 'private_key_jwt') {
    return settings.refuse(
      PATH,
      `is set, although clientAuthentication is ${method}.`,
      `remove it, or set ${settings.label('clientAuthentication')} to private_key_jwt.`,
    );
  }
  const list = givenKeys(settings);
  return list && checked(settings, list);
}

function givenKeys(settings: Settings): readonly Given[] | undefined {
  const given = settings.value(PATH);
  const isText = typeof given === 'string' && settings.isFromEnvironment(PATH);
  const value = isText ? parsed(given) : given;
  const list: readonly unknown[] = Array.isArray(value) ? Array.from<unknown>(value) : [value];
  if (isText && value === undefined) {
    const fix = 'check the quotation marks, and write line breaks in a PEM as \\n.';
    return settings.refuse(PATH, 'is not JSON.', fix);
  }
  if (list.length === 0 || list.length > MOST || !list.every(isRecord)) {
    return settings.refuse(PATH, 'is not one key, or a list of two.', SHAPE);
  }
  return list;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Not a cause: the parser's message repeats the text
    return undefined;
  }
}

function checked(
  settings: Settings,
  list: readonly Given[],
): readonly ClientAssertionSigningKey[] | undefined {
  const results = list.map(readKey);
  const keys = results.filter((result) => 'privateKey' in result);
  for (const [index, result] of results.entries()) {
    const which = list.length === 1 ? '' : `holds 2 keys, and number ${index + 1} `;
    if (!('privateKey' in result)) settings.refuse(PATH, which + result.problem, result.fix);
  }
  if (keys.length < list.length) return undefined;
  if (new Set(keys.map(({ keyId }) => keyId)).size === keys.length) return keys;
  return settings.refuse(PATH, 'has the same keyId twice.', 'give each key its own.');
}
