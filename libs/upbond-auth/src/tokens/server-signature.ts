import { errors, type JWTVerifyOptions, type JWTVerifyResult } from 'jose';
import type { JwksEndpoint } from '../authorization-server/jwks-endpoint.js';
import type { ServerMetadata } from '../authorization-server/metadata.js';
import { verifyJwt } from '../authorization-server/verify-jwt.js';
import { verifyWithJwks } from '../authorization-server/verify-with-jwks.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';

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
   * @param at the time by which the token has to be valid, in seconds since the epoch
   * @throws UpbondAuthException `temporarily_unavailable` when there are no keys to look in
   * @throws errors.JOSEError of `jose` for everything that is wrong with the token
   */
  async verify(
    token: string,
    { jwksUri }: Pick<ServerMetadata, 'jwksUri'>,
    signal: AbortSignal,
    at = this.now(),
  ): Promise<JWTVerifyResult> {
    const { idTokenSigningAlgorithms, leewaySeconds, clientSecrets } = this.config;
    const options = {
      algorithms: [...idTokenSigningAlgorithms],
      currentDate: new Date(at * 1000),
      clockTolerance: leewaySeconds,
    };
    // OpenID Connect Core §10.1: the key of a MAC is the UTF-8 client secret
    if (idTokenSigningAlgorithms.includes('HS256')) {
      return verifyWithSecrets(token, clientSecrets, options);
    }
    if (jwksUri === undefined) throw new TypeError('there are no keys to verify a signature with');
    return verifyWithJwks(token, this.jwks.keysAt(jwksUri), options, signal);
  }
}

// During a rotation either secret can be the one that signs
async function verifyWithSecrets(
  token: string,
  [secret = '', other]: readonly string[],
  options: JWTVerifyOptions,
): Promise<JWTVerifyResult> {
  try {
    return await verifyJwt(token, Buffer.from(secret), options);
  } catch (error) {
    if (!(error instanceof errors.JWSSignatureVerificationFailed) || !other) throw error;
    return verifyJwt(token, Buffer.from(other), options);
  }
}
