import { decodeProtectedHeader, type JWTPayload } from 'jose';
import type { ServerMetadata } from '../authorization-server/metadata.js';
import { quoted, UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import type { ServerSignature } from '../tokens/server-signature.js';
import { checkLogoutTokenClaims, type LogoutTokenClaims } from './logout-token-claims.js';

const MAX_LENGTH = 16_384;

// Back-Channel Logout 1.0 §2.4 recommends logout+jwt; what came before it says JWT or nothing, and is
// told from other tokens by its events. RFC 8725 §3.11: `at+jwt` and the like are something else.
const TYPES: ReadonlySet<unknown> = new Set([
  undefined,
  'jwt',
  'logout+jwt',
  'application/logout+jwt',
]);

type VerifierConfig = Pick<
  UpbondAuthConfig,
  'clientId' | 'idTokenSigningAlgorithms' | 'leewaySeconds'
>;
type Keys = Pick<ServerMetadata, 'jwksUri' | 'acceptedIssuers'>;

/** Verifies logout tokens: the signature as that of an ID token, then every claim. */
export class LogoutTokenVerifier {
  constructor(
    private readonly config: VerifierConfig,
    private readonly signature: Pick<ServerSignature, 'verify'>,
    private readonly now: () => number,
  ) {}

  /**
   * @param findMetadata is only asked for a token whose header is right: nobody has to be
   * authenticated to send us one
   * @throws UpbondAuthException `logout_token_invalid`, or `temporarily_unavailable` when there are
   * no keys to look in
   */
  async verify(
    token: string,
    findMetadata: () => Promise<Keys>,
    signal: AbortSignal,
  ): Promise<LogoutTokenClaims> {
    this.checkHeader(token);
    const metadata = await findMetadata();
    const payload = await this.verifySignature(token, metadata, signal);
    return checkLogoutTokenClaims(payload, {
      acceptedIssuers: metadata.acceptedIssuers,
      clientId: this.config.clientId,
      leewaySeconds: this.config.leewaySeconds,
      now: this.now(),
    });
  }

  private checkHeader(token: string): void {
    if (token.length > MAX_LENGTH) refuse('longer than 16 kB');
    const { alg, typ } = header(token);
    if (!this.config.idTokenSigningAlgorithms.some((allowed) => allowed === alg)) {
      refuse(`alg ${quoted(alg)} is not among idTokenSigningAlgorithms`);
    }
    if (!TYPES.has(typeof typ === 'string' ? typ.toLowerCase() : typ)) {
      refuse(`typ ${quoted(typ)} is not that of a logout token`);
    }
  }

  private async verifySignature(
    token: string,
    metadata: Keys,
    signal: AbortSignal,
  ): Promise<JWTPayload> {
    try {
      return await this.signature.verify(token, metadata, signal);
    } catch (error) {
      if (error instanceof UpbondAuthException) throw error;
      return refuse(error instanceof Error ? error.message : 'unknown reason', error);
    }
  }
}

function header(token: string): Readonly<Record<string, unknown>> {
  try {
    return decodeProtectedHeader(token);
  } catch (cause) {
    return refuse('it is not a JWT', cause);
  }
}

function refuse(reason: string, cause?: unknown): never {
  throw new UpbondAuthException('logout_token_invalid', {
    detail: `logout token: ${reason}`,
    cause,
  });
}
