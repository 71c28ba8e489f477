import { compactVerify, errors, type JWTPayload } from 'jose';
import { readClaims, readJws, type CompactJws } from '../authorization-server/compact-jws.js';
import type { JwksEndpoint } from '../authorization-server/jwks-endpoint.js';
import type { ServerMetadata } from '../authorization-server/metadata.js';
import { verifyWithJwks } from '../authorization-server/verify-with-jwks.js';
import type { Patience } from '../authorization-server/waiting.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { checkTimes } from './jwt-times.js';

type SignatureConfig = Pick<
  UpbondAuthConfig,
  'clientSecrets' | 'idTokenSigningAlgorithms' | 'leewaySeconds'
>;

/** Verifies what the authorization server signs for this client: ID tokens and logout tokens. */
export class ServerSignature {
  constructor(
    private readonly config: SignatureConfig,
    private readonly jwks: Pick<JwksEndpoint, 'keysAt'>,
    private readonly now: () => number,
  ) {}

  /**
   * The claims of a token whose signature is right and which is valid now.
   *
   * @param at the time by which the token has to be valid, in seconds since the epoch
   * @throws UpbondAuthException `temporarily_unavailable` when there are no keys to look in
   * @throws errors.JOSEError of `jose` for everything that is wrong with the token
   * @throws TypeError when there is no key set, or the key is too weak
   */
  async verify(
    token: string,
    { jwksUri }: Pick<ServerMetadata, 'jwksUri'>,
    patience: Patience,
    at = this.now(),
  ): Promise<JWTPayload> {
    const { idTokenSigningAlgorithms, leewaySeconds, clientSecrets } = this.config;
    const jws = readJws(token, idTokenSigningAlgorithms);
    // OpenID Connect Core §10.1: the key of a MAC is the UTF-8 client secret
    const payload = await (jws.alg === 'HS256'
      ? verifyWithSecrets(token, clientSecrets)
      : this.verifyWithKeys(jws, jwksUri, patience));
    const claims = readClaims(payload);
    checkTimes(claims, at, leewaySeconds);
    return claims;
  }

  private async verifyWithKeys(
    jws: CompactJws,
    jwksUri: string | undefined,
    patience: Patience,
  ): Promise<Uint8Array> {
    if (jwksUri === undefined) throw new TypeError('there are no keys to verify a signature with');
    return verifyWithJwks(jws, this.jwks.keysAt(jwksUri), patience);
  }
}

// During a rotation either secret can be the one that signs
async function verifyWithSecrets(
  token: string,
  [secret = '', other]: readonly string[],
): Promise<Uint8Array> {
  try {
    return await verifyMac(token, secret);
  } catch (error) {
    if (!(error instanceof errors.JWSSignatureVerificationFailed) || !other) throw error;
    return verifyMac(token, other);
  }
}

async function verifyMac(token: string, secret: string): Promise<Uint8Array> {
  const options = { algorithms: ['HS256'] };
  return (await compactVerify(token, Buffer.from(secret), options)).payload;
}
