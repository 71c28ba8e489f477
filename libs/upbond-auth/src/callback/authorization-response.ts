import { isErrorCode } from '../errors/error-codes.js';
import { quoted, UpbondAuthException } from '../errors/upbond-auth.exception.js';

const MAX_LENGTH = 4096;

/** The members of an authorization response that mean something to us (RFC 6749 §4.1.2, RFC 9207 §2). */
const MEMBERS = ['code', 'iss', 'error', 'error_description', 'error_uri', 'state'] as const;

/** What the check needs to know of the authorization server. */
export interface ResponseExpectations {
  readonly acceptedIssuers: readonly string[];
  readonly authorizationResponseIssParameterSupported: boolean;
}

/**
 * The code of an authorization response that already belongs to a transaction. Its issuer is checked
 * before anything else in it is believed, an error included.
 */
export function codeFrom(query: URLSearchParams, expected: ResponseExpectations): string {
  refuseRepeated(query);
  checkIssuer(query.get('iss'), expected);
  const code = query.get('code');
  const error = query.get('error');
  if (error !== null && code === null) throw authorizationError(error, query);
  if (code === null || error !== null || code === '' || code.length > MAX_LENGTH) {
    throw new UpbondAuthException('invalid_request', {
      detail: 'the authorization response must carry either a code or an error',
    });
  }
  return code;
}

/** RFC 6749 §3.1: parameters must not be included more than once. */
function refuseRepeated(query: URLSearchParams): void {
  const repeated = MEMBERS.find((member) => query.getAll(member).length > 1);
  if (repeated) {
    throw new UpbondAuthException('invalid_request', {
      detail: `the authorization response repeats ${repeated}`,
    });
  }
}

/** RFC 9207 §2.4: compared as strings; required once the server announces it. */
function checkIssuer(iss: string | null, expected: ResponseExpectations): void {
  const { acceptedIssuers, authorizationResponseIssParameterSupported } = expected;
  if (iss === null && !authorizationResponseIssParameterSupported) return;
  if (iss === null || !acceptedIssuers.includes(iss)) {
    throw new UpbondAuthException('issuer_mismatch', {
      detail: `iss of the authorization response is ${iss === null ? 'missing' : quoted(iss)}, expected ${acceptedIssuers.join(' or ')}`,
    });
  }
}

function authorizationError(error: string, query: URLSearchParams): UpbondAuthException {
  const code = isErrorCode(error) && isAuthorizationError(error) ? error : 'authorization_failed';
  const description = query.get('error_description');
  return new UpbondAuthException(code, {
    detail: `the authorization server answered ${quoted(error)}${description ? `: ${quoted(description)}` : ''}`,
  });
}

/** RFC 6749 §4.1.2.1 and OpenID Connect Core §3.1.2.6: the server cannot make us say our own codes. */
function isAuthorizationError(code: string): boolean {
  return AUTHORIZATION_ERRORS.has(code);
}

const AUTHORIZATION_ERRORS: ReadonlySet<string> = new Set([
  'invalid_request',
  'unauthorized_client',
  'access_denied',
  'unsupported_response_type',
  'invalid_scope',
  'server_error',
  'temporarily_unavailable',
  'interaction_required',
  'login_required',
  'account_selection_required',
  'consent_required',
]);
