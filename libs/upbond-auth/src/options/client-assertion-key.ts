import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { isRecord } from './settings.js';
import type { ClientAssertionAlgorithm } from './upbond-auth-options.js';
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

const ALGORITHMS: readonly ClientAssertionAlgorithm[] = ['RS256', 'PS256', 'RS384', 'ES256'];
// RFC 7518 §3.3 and §3.5
const MIN_RSA_BITS = 2048;

/** Makes a key ready, or says what is wrong with it; neither shows any part of it. */
export function readKey({ key, keyId, algorithm }: Given): ClientAssertionSigningKey | Mistake {
  const jwk: Given = isRecord(key) ? key : {};
  const id = keyId ?? jwk['kid'];
  if (typeof id !== 'string' || !/^[\x21-\x7e]{1,256}$/.test(id)) {
    return mistake('has no keyId.', 'set keyId to the Key ID that Login 3.0 shows for the key.');
  }
  const wanted = algorithm ?? jwk['alg'];
  const known = ALGORITHMS.find((one) => one === wanted);
  if (!known) {
    return mistake('has no algorithm that is supported.', `use ${alternatives(ALGORITHMS)}.`);
  }
  if (jwk['alg'] !== undefined && jwk['alg'] !== known) {
    return mistake(
      'is made for another algorithm.',
      'leave algorithm out, or give it the alg of the JWK.',
    );
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
  if (isPublic) {
    return mistake('is a public key.', 'give the private one: only that can sign.');
  }
  if (/BEGIN ENCRYPTED|4,ENCRYPTED/.test(pem)) {
    return mistake('is encrypted.', 'decrypt it: openssl pkcs8 -in key.pem -nocrypt');
  }
  try {
    return isRecord(key)
      ? createPrivateKey({ key: key as JsonWebKey, format: 'jwk' })
      : createPrivateKey(pem);
  } catch {
    // Not a cause: nothing that OpenSSL says may carry bytes of the key
    return mistake('is no private key.', 'give it as PEM (PKCS#8, PKCS#1 or SEC 1) or as a JWK.');
  }
}

function unfitness(key: KeyObject, algorithm: ClientAssertionAlgorithm): Mistake | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (algorithm === 'ES256') {
    const fits = type === 'ec' && details?.namedCurve === 'prime256v1';
    return fits
      ? undefined
      : mistake('is no P-256 key, which ES256 needs.', 'use another algorithm or key.');
  }
  if (type !== 'rsa') {
    return mistake(`is no RSA key, which ${algorithm} needs.`, 'use another algorithm or key.');
  }
  const bits = details?.modulusLength ?? 0;
  if (bits >= MIN_RSA_BITS) return undefined;
  return mistake(
    `has ${bits} bits, but RSA needs at least ${MIN_RSA_BITS}.`,
    'make a new key pair.',
  );
}

function mistake(problem: string, fix: string): Mistake {
  return { problem, fix };
}
