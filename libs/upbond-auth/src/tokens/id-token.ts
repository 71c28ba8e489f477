import { decodeJwt, decodeProtectedHeader, errors as joseErrors, type JWTPayload } from 'jose';
import type { Log } from '../authorization-server/log.js';
import type { ServerMetadata } from '../authorization-server/metadata.js';
import type { Patience } from '../authorization-server/waiting.js';
import { deepFreeze } from '../options/deep-freeze.js';
import type { UpbondAuthErrorCode } from '../errors/error-codes.js';
import { messageOf, quoted, UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import type { UpbondClaims } from '../options/upbond-auth-options.js';
import { checkIdTokenClaims, type IdTokenExpectations } from './id-token-claims.js';
import { isNumericDate } from './claim-types.js';
import type { ServerSignature } from './server-signature.js';

const MAX_LENGTH = 16_384;

/** What an ID token came with. */
export interface IdTokenCompanions {
  readonly accessToken: string;
  readonly metadata: ServerMetadata;
  readonly patience: Patience;
}

/** What the ID token of a login is held against. */
export interface IdTokenContext extends IdTokenCompanions {
  readonly nonce: string | undefined;
  readonly maxAge: number | undefined;
}

/**
 * Verifies ID tokens: the signature always, although OpenID Connect Core §3.1.3.7 (6) would let TLS
 * stand in for it, then every claim.
 */
export class IdTokenVerifier {
  #isIssuerReported = false;

  constructor(
    private readonly config: UpbondAuthConfig,
    private readonly signature: ServerSignature,
    private readonly log: Log,
    private readonly now: () => number,
  ) {}

  async verify(idToken: string | undefined, context: IdTokenContext): Promise<UpbondClaims> {
    if (idToken === undefined) {
      throw new UpbondAuthException('id_token_missing', {
        detail: 'the token response has no id_token; is openid in the scope?',
      });
    }
    const { nonce = '', maxAge } = context;
    return this.check(idToken, context, { nonce, maxAge });
  }

  /** Verifies an ID token that a refresh brought, against the one before (OpenID Connect Core §12.2). */
  async verifyRefreshed(
    idToken: string,
    previous: string,
    companions: IdTokenCompanions,
  ): Promise<UpbondClaims> {
    // It was verified when it came
    return this.check(idToken, companions, { nonce: '', previous: decodeJwt(previous) });
  }

  private async check(
    idToken: string,
    { accessToken, metadata, patience }: IdTokenCompanions,
    origin: Pick<IdTokenExpectations, 'nonce' | 'maxAge' | 'previous'>,
  ): Promise<UpbondClaims> {
    const algorithm = this.algorithmOf(idToken);
    const isRefreshed = origin.previous !== undefined;
    const payload = await this.verifySignature(idToken, metadata, patience, isRefreshed);
    checkIdTokenClaims(payload, {
      ...origin,
      acceptedIssuers: metadata.acceptedIssuers,
      clientId: this.config.clientId,
      accessToken,
      algorithm,
      leewaySeconds: this.config.leewaySeconds,
      now: this.now(),
    });
    this.reportIssuer(payload.iss, metadata);
    return deepFreeze(payload as unknown as UpbondClaims);
  }

  /** Without metadata both spellings of the domain are accepted; the log says which one it is. */
  private reportIssuer(iss: string | undefined, { acceptedIssuers }: ServerMetadata): void {
    if (acceptedIssuers.length === 1 || this.#isIssuerReported) return;
    this.#isIssuerReported = true;
    this.log.log(
      `The issuer is ${iss}. Set ${this.config.variablePrefix}ISSUER to accept only that.`,
    );
  }

  /** The header is only asked for what it may say: an allowed algorithm and the profile of an ID token. */
  private algorithmOf(idToken: string): string {
    const { alg, typ } = readHeader(idToken);
    if (!this.config.idTokenSigningAlgorithms.some((allowed) => allowed === alg)) {
      throw new UpbondAuthException('id_token_algorithm_refused', {
        detail: `alg ${quoted(alg)} is not among idTokenSigningAlgorithms`,
      });
    }
    // RFC 8725 §3.11: a token of another kind is not taken for this one
    if (typ !== undefined && typ.toLowerCase() !== 'jwt') {
      throw new UpbondAuthException('id_token_malformed', {
        detail: `typ ${quoted(typ)} is not that of an ID token`,
      });
    }
    return alg;
  }

  private async verifySignature(
    idToken: string,
    metadata: ServerMetadata,
    patience: Patience,
    isRefreshed: boolean,
  ): Promise<JWTPayload> {
    try {
      // What a refresh brings decides nothing: refused by a clock that is wrong, it would cost the session
      const at = isRefreshed ? issuedAt(idToken) : this.now();
      return await this.signature.verify(idToken, metadata, patience, at);
    } catch (error) {
      if (error instanceof UpbondAuthException) throw error;
      throw new UpbondAuthException(codeOf(error), {
        detail: `ID token: ${messageOf(error)}`,
        cause: error,
      });
    }
  }
}

/** By its own word; a wrong one does no harm where only the signature counts. */
function issuedAt(idToken: string): number {
  const { iat } = decodeJwt(idToken);
  return isNumericDate(iat) ? iat : 0;
}

function readHeader(idToken: string): { alg: string; typ: string | undefined } {
  try {
    if (idToken.length > MAX_LENGTH) throw new TypeError('longer than 16 kB');
    const { alg, typ } = decodeProtectedHeader(idToken);
    if (typeof alg !== 'string' || (typ !== undefined && typeof typ !== 'string')) {
      throw new TypeError('alg or typ is not a string');
    }
    return { alg, typ };
  } catch (cause) {
    throw new UpbondAuthException('id_token_malformed', {
      detail: `the header of the ID token cannot be read: ${messageOf(cause)}`,
      cause,
    });
  }
}

/** What an error of `jose` means here; whatever is not about form or time is about the signature. */
function codeOf(error: unknown): UpbondAuthErrorCode {
  const { JWTInvalid, JWSInvalid, JWTExpired, JWTClaimValidationFailed } = joseErrors;
  if (error instanceof JWTInvalid || error instanceof JWSInvalid) return 'id_token_malformed';
  if (error instanceof JWTExpired) return 'id_token_expired';
  if (!(error instanceof JWTClaimValidationFailed)) return 'id_token_signature_invalid';
  return error.reason === 'check_failed' ? 'id_token_expired' : 'id_token_malformed';
}
