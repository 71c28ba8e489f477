/** What a code means to the person or program that receives it. */
interface ErrorCode {
  /** HTTP status of the answer. */
  readonly status: number;
  /** One sentence that is safe to show to anybody: it holds nothing that came from outside. */
  readonly message: string;
}

/**
 * The closed set of codes, each with its HTTP status and its public sentence.
 * OAuth's own codes come first (RFC 6749 §4.1.2.1 and §5.2, OpenID Connect Core §3.1.2.6).
 */
export const ERROR_CODES = {
  access_denied: { status: 403, message: 'The sign-in was cancelled or refused.' },
  account_selection_required: { status: 401, message: 'An account has to be chosen first.' },
  consent_required: { status: 401, message: 'Consent is needed before signing in.' },
  interaction_required: { status: 401, message: 'The sign-in needs an action by the user.' },
  login_required: { status: 401, message: 'Please sign in to continue.' },
  invalid_request: { status: 400, message: 'The request is malformed.' },
  invalid_client: { status: 502, message: 'The sign-in service does not accept this application.' },
  invalid_grant: { status: 400, message: 'This sign-in attempt is no longer valid. Try again.' },
  invalid_scope: { status: 502, message: 'The sign-in service refused the requested scope.' },
  unauthorized_client: {
    status: 502,
    message: 'The sign-in service does not allow this application to do that.',
  },
  unsupported_response_type: {
    status: 502,
    message: 'The sign-in service does not support the authorization code flow for this client.',
  },
  unsupported_grant_type: {
    status: 502,
    message: 'The sign-in service does not allow this grant to the application.',
  },
  server_error: { status: 502, message: 'The sign-in service had an internal error. Try again.' },
  temporarily_unavailable: {
    status: 503,
    message: 'The sign-in service is not available at the moment. Try again shortly.',
  },

  // The authorization response
  authorization_failed: { status: 502, message: 'The sign-in service refused the sign-in.' },
  state_mismatch: {
    status: 400,
    message:
      'This sign-in was started in another browser or has been used already. Please sign in again.',
  },
  transaction_expired: { status: 400, message: 'The sign-in took too long. Please sign in again.' },
  issuer_mismatch: { status: 400, message: 'The answer came from an unexpected sign-in service.' },

  // The token response and the ID token
  token_request_failed: { status: 502, message: 'The sign-in service refused the token request.' },
  token_response_invalid: {
    status: 502,
    message: 'The sign-in service sent an answer that cannot be used.',
  },
  id_token_missing: { status: 502, message: 'The sign-in service did not say who signed in.' },
  id_token_malformed: {
    status: 502,
    message: 'The sign-in service sent an identity that cannot be read.',
  },
  id_token_algorithm_refused: {
    status: 502,
    message: 'The identity is signed in a way this application does not accept.',
  },
  id_token_signature_invalid: {
    status: 502,
    message: 'The signature of the identity could not be verified.',
  },
  id_token_issuer_mismatch: {
    status: 502,
    message: 'The identity was issued by an unexpected service.',
  },
  id_token_subject_mismatch: {
    status: 502,
    message: 'The sign-in service sent the identity of another user.',
  },
  id_token_audience_missing: { status: 502, message: 'The identity names no application.' },
  id_token_audience_mismatch: {
    status: 502,
    message: 'The identity was issued for another application.',
  },
  id_token_expired: {
    status: 502,
    message: 'The identity has expired or is not valid yet. Are the clocks right?',
  },
  id_token_nonce_missing: {
    status: 400,
    message: 'The identity does not belong to a sign-in that can be recognised.',
  },
  id_token_nonce_mismatch: { status: 400, message: 'The identity belongs to another sign-in.' },
  id_token_at_hash_mismatch: {
    status: 502,
    message: 'The identity does not belong to the access token it came with.',
  },
  id_token_auth_time_refused: {
    status: 403,
    message: 'The sign-in is older than this application asked for. Please sign in again.',
  },
  userinfo_invalid: {
    status: 502,
    message: 'The user endpoint sent an answer that cannot be used.',
  },
  userinfo_subject_mismatch: { status: 502, message: 'The user endpoint described another user.' },

  // The application's side
  login_refused: { status: 403, message: 'This application did not accept the sign-in.' },
  on_login_invalid: {
    status: 500,
    message: 'This application could not take the sign-in over.',
  },
  invalid_token: { status: 401, message: 'The access token cannot be accepted.' },
  insufficient_scope: { status: 403, message: 'The access does not cover this request.' },
  insufficient_permissions: { status: 403, message: 'This user may not do that.' },
  insufficient_user_authentication: {
    status: 401,
    message: 'A newer or stronger sign-in is needed for this.',
  },
  step_up_failed: {
    status: 403,
    message: 'The sign-in was repeated, but it is still not as new or as strong as needed.',
  },

  // Access tokens for other services
  refresh_token_missing: {
    status: 401,
    message: 'The access has expired and cannot be renewed. Please sign in again.',
  },
  session_not_writable: {
    status: 503,
    message: 'The access has expired and cannot be renewed from here. Please send a new request.',
  },
  audience_not_granted: {
    status: 403,
    message: 'This sign-in does not cover the service that is needed for this.',
  },
  access_token_too_short: {
    status: 502,
    message: 'The sign-in service gives access for a shorter time than is needed for this.',
  },
  origin_not_configured: {
    status: 500,
    message: 'This application tried to reach a service that it is not configured for.',
  },

  // Sessions
  session_too_large: {
    status: 500,
    message:
      'The session does not fit into cookies, or is larger than 256 kB. This application needs a session store, or has to keep less.',
  },
  session_store_unavailable: {
    status: 503,
    message: 'Sessions cannot be read at the moment. Try again shortly.',
  },
  session_index_missing: {
    status: 501,
    message: 'Sessions of a user cannot be listed with this kind of session.',
  },
  logout_token_invalid: { status: 400, message: 'The logout token cannot be accepted.' },
  cross_site_request: {
    status: 403,
    message: 'This request came from another site and was refused.',
  },
  unsupported_context: {
    status: 401,
    message: 'This kind of request cannot be authenticated here.',
  },
} as const satisfies Record<string, ErrorCode>;

/**
 * Every code that an {@link UpbondAuthException} can carry. Codes are stable: a new minor version may
 * add codes but never renames or removes one.
 */
export type UpbondAuthErrorCode = keyof typeof ERROR_CODES;

/** Whether a value that came from outside is one of our codes (own keys only, never `constructor`). */
export function isErrorCode(value: unknown): value is UpbondAuthErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERROR_CODES, value);
}
