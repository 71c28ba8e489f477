import { constants, KeyObject, verify, type VerifyKeyObjectInput } from 'node:crypto';
import { errors, type CryptoKey } from 'jose';
import type { AccessTokenSigningAlgorithm } from '../options/upbond-auth-options.js';
import type { CompactJws } from './compact-jws.js';

/** How an algorithm verifies, and the keys that it takes. */
interface Scheme {
  readonly digest: 'sha256' | null;
  readonly parameters: Omit<VerifyKeyObjectInput, 'key'>;
  /** What WebCrypto calls the algorithm of its keys. */
  readonly key: { readonly name: string; readonly hash?: string; readonly namedCurve?: string };
}

interface PreparedKey {
  readonly alg: string;
  readonly digest: Scheme['digest'];
  readonly input: VerifyKeyObjectInput;
  readonly signatureBytes: number;
}

const { RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING } = constants;

/** RFC 7518 §3.3 to §3.5, RFC 8037 §3.1. */
const SCHEMES: Readonly<Record<AccessTokenSigningAlgorithm, Scheme>> = {
  RS256: {
    digest: 'sha256',
    parameters: { padding: RSA_PKCS1_PADDING },
    key: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  },
  PS256: {
    digest: 'sha256',
    parameters: { padding: RSA_PKCS1_PSS_PADDING, saltLength: 32 },
    key: { name: 'RSA-PSS', hash: 'SHA-256' },
  },
  ES256: {
    digest: 'sha256',
    parameters: { dsaEncoding: 'ieee-p1363' },
    key: { name: 'ECDSA', namedCurve: 'P-256' },
  },
  EdDSA: { digest: null, parameters: {}, key: { name: 'Ed25519' } },
};
/** RFC 7518 §3.3. */
const MIN_RSA_BITS = 2048;
/** Of ES256 and of Ed25519 alike (RFC 7518 §3.4, RFC 8032 §5.1.6). */
const EC_SIGNATURE_BYTES = 64;

interface KeyAlgorithm {
  readonly name: string;
  readonly hash?: { readonly name: string };
  readonly namedCurve?: string;
  readonly modulusLength?: number;
}

const prepared = new WeakMap<CryptoKey, PreparedKey>();

/**
 * The payload of a JWS, once its signature is verified: on the spot, because handing it to a thread
 * costs more than the work itself.
 *
 * @throws errors.JWSSignatureVerificationFailed of `jose`, or its `JWSInvalid` for another spelling
 * than base64url
 * @throws TypeError when the key is not one for the algorithm of the header
 */
export function verifyJws(jws: CompactJws, key: CryptoKey): Buffer {
  const { signature, payload } = jws;
  const preparedKey = preparedFor(jws.alg, key);
  if (!signature) throw new errors.JWSInvalid('the signature is not spelled as base64url');
  if (!isGenuine(jws.signed, signature, preparedKey)) {
    throw new errors.JWSSignatureVerificationFailed();
  }
  if (!payload) throw new errors.JWSInvalid('the payload is not spelled as base64url');
  return payload;
}

function isGenuine(signed: Buffer, signature: Buffer, key: PreparedKey): boolean {
  // RFC 7518 §3.4, RFC 8017 §8.1.2 and §8.2.2: a signature has one length
  if (signature.length !== key.signatureBytes) return false;
  try {
    return verify(key.digest, signed, key.input, signature);
  } catch {
    return false;
  }
}

function preparedFor(alg: string, key: CryptoKey): PreparedKey {
  const known = prepared.get(key);
  if (known?.alg === alg) return known;
  const made = prepare(alg, key);
  prepared.set(key, made);
  return made;
}

/** RFC 8725 §3.1: a key is used with the one algorithm that it was imported for. */
function prepare(alg: string, key: CryptoKey): PreparedKey {
  const scheme = Object.entries(SCHEMES).find(([name]) => name === alg)?.[1];
  const { name, hash, namedCurve, modulusLength } = key.algorithm as KeyAlgorithm;
  const isFit =
    key.type === 'public' &&
    key.usages.includes('verify') &&
    name === scheme?.key.name &&
    hash?.name === scheme.key.hash &&
    namedCurve === scheme.key.namedCurve;
  if (!isFit) throw new TypeError(`the key is not one for ${alg}`);
  if (modulusLength !== undefined && modulusLength < MIN_RSA_BITS) {
    throw new TypeError(`${alg} needs a key of ${MIN_RSA_BITS} bits or more`);
  }
  return {
    alg,
    digest: scheme.digest,
    input: { key: KeyObject.from(key), ...scheme.parameters },
    signatureBytes: modulusLength === undefined ? EC_SIGNATURE_BYTES : Math.ceil(modulusLength / 8),
  };
}
