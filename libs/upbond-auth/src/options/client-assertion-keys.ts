import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { isRecord, type Settings } from './settings.js';
import type {
  ClientAssertionAlgorithm,
  ClientAuthenticationMethod,
} from './upbond-auth-options.js';
import { alternatives } from './values.js';

/** A private key that is ready to sign client assertions. */
export interface ClientAssertionSigningKey {
  readonly privateKey: KeyObject;
  readonly keyId: string;
  readonly algorithm: ClientAssertionAlgorithm;
}

type Given = Readonly<Record<string, unknown>>;
interface Mistake {
  readonly problem: string;
  readonly fix: string;
}

const PATH = 'clientAssertionKeys';
const MOST = 2;
const ALGORITHMS: readonly ClientAssertionAlgorithm[] = ['RS256', 'PS256', 'RS384', 'ES256'];
// RFC 7518 §3.3 and §3.5
const MIN_RSA_BITS = 2048;
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

function readKey({ key, keyId, algorithm }: Given): ClientAssertionSigningKey | Mistake {
  const jwk: Given = isRecord(key) ? key : {};
  const id = keyId ?? jwk['kid'];
  if (typeof id !== 'string' || !/^[\x21-\x7e]{1,256}$/.test(id)) {
    return {
      problem: 'has no keyId.',
      fix: 'set keyId to the Key ID that Login 3.0 shows for the key.',
    };
  }
  const wanted = algorithm ?? jwk['alg'];
  const known = ALGORITHMS.find((one) => one === wanted);
  if (!known)
    return {
      problem: 'has no algorithm that is supported.',
      fix: `use ${alternatives(ALGORITHMS)}.`,
    };
  if (jwk['alg'] !== undefined && jwk['alg'] !== known) {
    return {
      problem: 'is made for another algorithm.',
      fix: 'leave algorithm out, or give it the alg of the JWK.',
    };
  }
  const privateKey = parseKey(key);
  if ('problem' in privateKey) return privateKey;
  return unfitness(privateKey, known) ?? { privateKey, keyId: id, algorithm: known };
}

function parseKey(key: unknown): KeyObject | Mistake {
  const pem = typeof key === 'string' ? key.replaceAll('\\n', '\n') : '';
  const isPublic =
    /-----BEGIN (?:RSA PUBLIC KEY|PUBLIC KEY|CERTIFICATE)/.test(pem) ||
    (isRecord(key) && key['kty'] !== undefined && key['d'] === undefined);
  if (isPublic)
    return { problem: 'is a public key.', fix: 'give the private one: only that can sign.' };
  if (/ENCRYPTED/.test(pem)) {
    return { problem: 'is encrypted.', fix: 'decrypt it: openssl pkcs8 -in key.pem -nocrypt' };
  }
  try {
    return isRecord(key)
      ? createPrivateKey({ key: key as JsonWebKey, format: 'jwk' })
      : createPrivateKey(pem);
  } catch {
    // Not a cause: nothing that OpenSSL says may carry bytes of the key
    return {
      problem: 'is no private key.',
      fix: 'give it as PEM (PKCS#8, PKCS#1 or SEC 1) or as a JWK.',
    };
  }
}

function unfitness(key: KeyObject, algorithm: ClientAssertionAlgorithm): Mistake | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (algorithm === 'ES256') {
    const fits = type === 'ec' && details?.namedCurve === 'prime256v1';
    return fits
      ? undefined
      : { problem: 'is no P-256 key, which ES256 needs.', fix: 'use another algorithm or key.' };
  }
  if (type !== 'rsa') {
    return {
      problem: `is no RSA key, which ${algorithm} needs.`,
      fix: 'use another algorithm or key.',
    };
  }
  const bits = details?.modulusLength ?? 0;
  if (bits >= MIN_RSA_BITS) return undefined;
  return {
    problem: `has ${bits} bits, but RSA needs at least ${MIN_RSA_BITS}.`,
    fix: 'make a new key pair.',
  };
}
