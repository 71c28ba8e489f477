import type { JSONWebKeySet, JWK } from 'jose';
import type { Http } from './http.js';
import { isJsonObject, readJson, type JsonObject } from './json.js';
import { JwksCache } from './jwks.js';
import { assertAvailable, unavailable } from './unavailable.js';

const MOST_KEYS = 100;

/** Keeps the keys of the one address that the metadata names at the moment. */
export class JwksEndpoint {
  readonly #http: Http;
  #uri: string | undefined;
  #cache: JwksCache | undefined;

  constructor(http: Http) {
    this.#http = http;
  }

  /** The keys behind an address; another address starts afresh. */
  keysAt(jwksUri: string): JwksCache {
    if (!this.#cache || this.#uri !== jwksUri) {
      this.#uri = jwksUri;
      this.#cache = new JwksCache({ fetchJwks: () => fetchJwks(this.#http, jwksUri) });
    }
    return this.#cache;
  }
}

async function fetchJwks(http: Http, jwksUri: string): Promise<JSONWebKeySet> {
  const headers = { accept: 'application/json, application/jwk-set+json' };
  const response = await http.fetch(jwksUri, { method: 'GET', headers });
  assertAvailable(response, 'the key set');
  if (response.status !== 200) throw unavailable(`the key set answered ${response.status}`);
  return usableKeys(await readJson(response, 'the key set', 'temporarily_unavailable'));
}

/** The public signature keys of a key set (RFC 7517 §5); a member that is none is passed over. */
export function usableKeys(jwks: JsonObject): JSONWebKeySet {
  const { keys } = jwks;
  if (!Array.isArray(keys)) throw unavailable('the key set has no array of keys');
  if (keys.length > MOST_KEYS) throw unavailable(`the key set has more than ${MOST_KEYS} keys`);
  return { keys: keys.filter(isPublicSignatureKey) };
}

// RFC 7518 §6.2.1 and §6.3.1, RFC 8037 §2
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  RSA: ['n', 'e'],
  EC: ['crv', 'x', 'y'],
  OKP: ['crv', 'x'],
};

function isPublicSignatureKey(key: unknown): key is JWK {
  if (!isJsonObject(key) || typeof key['kty'] !== 'string') return false;
  if (key['d'] !== undefined || (key['use'] !== undefined && key['use'] !== 'sig')) return false;
  if (!Object.hasOwn(MEMBERS, key['kty'])) return false;
  return MEMBERS[key['kty']]?.every((name) => typeof key[name] === 'string') ?? false;
}
