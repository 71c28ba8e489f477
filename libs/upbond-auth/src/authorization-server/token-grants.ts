/** What the authorization response and the transaction bring to the exchange. */
export interface CodeExchange {
  readonly code: string;
  readonly codeVerifier: string;
  readonly redirectUri: string;
}

/** What a refresh takes (RFC 6749 §6). */
export interface Refresh {
  readonly refreshToken: string;
  /** What the refresh token stands for; the scope of the answer when it names none. */
  readonly grantedScope: readonly string[];
  /** The API that the new access token is for, when it is not the usual one. */
  readonly audience?: string | undefined;
  /** Only to ask for less than was granted. */
  readonly scope?: readonly string[] | undefined;
}

/** What the application asks for in its own name (RFC 6749 §4.4.2). */
export interface ClientCredentialsGrant {
  readonly audience: string;
  readonly scope?: readonly string[] | undefined;
}

/** One token request, whichever credential it is made with. */
export interface Grant {
  readonly type: 'authorization_code' | 'refresh_token' | 'client_credentials';
  readonly parameters: Readonly<Record<string, string>>;
  /** What must not be repeated in a log. */
  readonly secrets: readonly string[];
  /** The scope of an answer that names none (RFC 6749 §5.1). */
  readonly scope: readonly string[];
  /** Whether it may be tried again when no byte of it has left. */
  readonly repeatUnsent: boolean;
}

/** RFC 6749 §4.1.3, RFC 7636 §4.5. */
export function codeGrant(
  { code, codeVerifier, redirectUri }: CodeExchange,
  scope: readonly string[],
): Grant {
  return {
    type: 'authorization_code',
    parameters: { code, code_verifier: codeVerifier, redirect_uri: redirectUri },
    secrets: [code, codeVerifier],
    scope,
    repeatUnsent: false,
  };
}

/** RFC 6749 §6. */
export function refreshGrant({ refreshToken, grantedScope, audience, scope }: Refresh): Grant {
  return {
    type: 'refresh_token',
    parameters: { refresh_token: refreshToken, ...restriction(audience, scope) },
    secrets: [refreshToken],
    scope: scope && scope.length > 0 ? scope : grantedScope,
    repeatUnsent: true,
  };
}

/** RFC 6749 §4.4.2. */
export function clientCredentialsGrant({ audience, scope }: ClientCredentialsGrant): Grant {
  return {
    type: 'client_credentials',
    parameters: restriction(audience, scope),
    secrets: [],
    scope: scope ?? [],
    repeatUnsent: true,
  };
}

// Named as in the authorization request; Login 3.0 calls the API `audience`
function restriction(
  audience: string | undefined,
  scope: readonly string[] | undefined,
): Record<string, string> {
  return {
    ...(audience !== undefined && { audience }),
    ...(scope && scope.length > 0 && { scope: scope.join(' ') }),
  };
}
