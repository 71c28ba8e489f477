import { exportJWK, generateKeyPair } from 'jose';
import type { JSONWebKeySet } from 'jose';
import type { JWK } from 'oidc-provider';
import { randomUUID } from 'node:crypto';
import type { SigningAlgorithm } from './habits.js';

async function generateKey(alg: SigningAlgorithm): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(privateKey);
  // exportJWK of a private key that was just generated always has `kty`.
  return { ...jwk, alg, use: 'sig', kid: `${alg.toLowerCase()}-${randomUUID()}` } as JWK;
}

/** Private members of RSA and EC keys (RFC 7518 6.2.2, 6.3.2). */
const privateMembers = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi']);

function publicPartOf(jwk: JWK): JSONWebKeySet['keys'][number] {
  const members = Object.entries(jwk).filter(([name]) => !privateMembers.has(name));
  return Object.fromEntries(members) as unknown as JSONWebKeySet['keys'][number];
}

/** RS256 and ES256 are what UPBOND's tests saw; a PS256 key is made only when it is asked for. */
const published: readonly SigningAlgorithm[] = ['RS256', 'ES256'];

/** The signing keys: the newest of an algorithm signs, the generation before stays published. */
export class SigningKeys {
  #current: JWK[] = [];
  #previous: JWK[] = [];

  /** Newest first: oidc-provider signs with the first key that fits. */
  get jwks(): { keys: JWK[] } {
    return { keys: [...this.#current, ...this.#previous] };
  }

  /** What the JWKS endpoint publishes. */
  get publicJwks(): JSONWebKeySet {
    return { keys: this.jwks.keys.map(publicPartOf) };
  }

  async ensure(algorithms: Iterable<SigningAlgorithm>): Promise<void> {
    const wanted = new Set([...published, ...algorithms]);
    for (const { alg } of this.#current) wanted.delete(alg as SigningAlgorithm);
    this.#current.push(...(await Promise.all([...wanted].map(generateKey))));
  }

  async rotate(): Promise<void> {
    const algorithms = this.#current.map(({ alg }) => alg as SigningAlgorithm);
    const next = await Promise.all(algorithms.map(generateKey));
    this.#previous = this.#current;
    this.#current = next;
  }
}
