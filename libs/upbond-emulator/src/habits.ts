/** Algorithms that the emulator can sign tokens with. */
export type SigningAlgorithm = 'RS256' | 'ES256' | 'PS256';

/**
 * What the sources about Login 3.0 leave open or contradict each other on. Each can be switched, so
 * that an application is tested against every reading.
 */
export interface UpbondEmulatorHabits {
  /**
   * Ends the issuer with a slash, as the documented discovery sample does.
   *
   * @default true
   */
  issuerTrailingSlash: boolean;
  /**
   * Echoes `nonce` in the ID token.
   *
   * @default true
   * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#IDToken | OpenID Connect Core 2}
   */
  nonce: boolean;
  /**
   * Puts `sid` into ID tokens and logout tokens.
   *
   * @default true
   * @see {@link https://openid.net/specs/openid-connect-backchannel-1_0.html | Back-Channel Logout 2.4}
   */
  sid: boolean;
  /**
   * Adds `iss` to authorization responses.
   *
   * @default true
   * @see {@link https://www.rfc-editor.org/rfc/rfc9207 | RFC 9207}
   */
  issInAuthorizationResponse: boolean;
  /**
   * Answers each refresh with a new refresh token; using an old one revokes the grant. Without it a
   * refresh answers no refresh token, as in the documented sample, and the first one stays valid.
   *
   * @default true
   * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.14 | RFC 9700 4.14}
   */
  refreshTokenRotation: boolean;
  /**
   * Serves discovery documents. Without it both well-known paths answer 404.
   *
   * @default true
   */
  discovery: boolean;
  /**
   * Signs ID tokens, access tokens and logout tokens with this algorithm.
   *
   * @default 'RS256'
   */
  signingAlg: SigningAlgorithm;
  /**
   * Serves and advertises an `end_session_endpoint` beside `/v2/logout`.
   *
   * @default false
   * @see {@link https://openid.net/specs/openid-connect-rpinitiated-1_0.html | RP-Initiated Logout}
   */
  endSessionEndpoint: boolean;
  /**
   * What access tokens are: JWTs whose header has `typ: JWT` (`login-3.0`) or `typ: at+jwt` (`rfc9068`), or
   * `opaque` ones, for which `/oauth/introspect` is served and advertised. The user endpoint does not
   * accept opaque tokens that were issued for an audience.
   *
   * @default 'login-3.0'
   * @see {@link https://www.rfc-editor.org/rfc/rfc7662 | RFC 7662}
   * @see {@link https://www.rfc-editor.org/rfc/rfc9068#section-2.1 | RFC 9068 2.1}
   */
  accessTokenProfile: 'login-3.0' | 'rfc9068' | 'opaque';
}

export const defaultHabits: Readonly<UpbondEmulatorHabits> = {
  issuerTrailingSlash: true,
  nonce: true,
  sid: true,
  issInAuthorizationResponse: true,
  refreshTokenRotation: true,
  discovery: true,
  signingAlg: 'RS256',
  endSessionEndpoint: false,
  accessTokenProfile: 'login-3.0',
};
