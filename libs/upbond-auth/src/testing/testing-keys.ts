import { randomUUID } from 'node:crypto';
import {
  exportJWK,
  generateKeyPair,
  SignJWT,
  UnsecuredJWT,
  type CryptoKey,
  type JSONWebKeySet,
} from 'jose';

/** What a kit can sign with. */
export type TestingAlgorithm = 'ES256' | 'RS256';

/** Whose signature a token gets. */
export type Signature = 'genuine' | 'wrong key' | 'none';

type Claims = Readonly<Record<string, unknown>>;

/** The signing key of one kit, and one that only looks like it. */
export class TestingKeys {
  #wrongKey: Promise<CryptoKey> | undefined;

  private constructor(
    readonly algorithm: TestingAlgorithm,
    readonly jwks: JSONWebKeySet,
    private readonly kid: string,
    private readonly key: CryptoKey,
  ) {}

  static async generate(algorithm: TestingAlgorithm): Promise<TestingKeys> {
    const { privateKey, publicKey } = await generateKeyPair(algorithm);
    const kid = randomUUID();
    const jwk = { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' };
    return new TestingKeys(algorithm, { keys: [jwk] }, kid, privateKey);
  }

  async sign(claims: Claims, signature: Signature): Promise<string> {
    if (signature === 'none') return new UnsecuredJWT({ ...claims }).encode();
    const key = signature === 'genuine' ? this.key : await this.wrongKey();
    const header = { alg: this.algorithm, kid: this.kid, typ: 'JWT' };
    return new SignJWT({ ...claims }).setProtectedHeader(header).sign(key);
  }

  /** Its tokens name the genuine key: a forger knows what is published. */
  private wrongKey(): Promise<CryptoKey> {
    return (this.#wrongKey ??= generateKeyPair(this.algorithm).then(
      ({ privateKey }) => privateKey,
    ));
  }
}
