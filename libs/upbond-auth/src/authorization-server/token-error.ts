import { isErrorCode, type UpbondAuthErrorCode } from '../errors/error-codes.js';
import { quoted, UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { JsonObject } from './json.js';

// Ours alone, such as `login_refused`, cannot be said by a server
const SAID_BY_SERVERS = new Set<UpbondAuthErrorCode>([
  // RFC 6749 §5.2
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  // RFC 6749 §4.1.2.1 and OpenID Connect Core §3.1.2.6: seen at token endpoints too
  'access_denied',
  'server_error',
  'temporarily_unavailable',
  'account_selection_required',
  'consent_required',
  'interaction_required',
  'login_required',
]);

// RFC 7515 §7.1: a header that begins with `{"`, as every JOSE header does
const JWT = /eyJ[\w-]+\.[\w-]+\.[\w-]*/g;

/** The exception for an error answer of the token endpoint (RFC 6749 §5.2). */
export function tokenError(
  status: number,
  json: JsonObject | undefined,
  sent: readonly string[],
): UpbondAuthException {
  const error = json?.['error'];
  const isKnown = isErrorCode(error) && SAID_BY_SERVERS.has(error);
  const detail = `the token endpoint answered ${status}${describeError(json, sent)}`;
  return new UpbondAuthException(isKnown ? error : 'token_request_failed', { detail });
}

/** What an error answer says, for a log line, without anything secret that was sent. */
export function describeError(json: JsonObject | undefined, sent: readonly string[]): string {
  if (typeof json?.['error'] !== 'string') return '';
  const description = json['error_description'];
  const parts = [json['error'], ...(typeof description === 'string' ? [description] : [])];
  return `: ${parts.map((part) => quoted(without(sent, part))).join(' ')}`;
}

// A server may repeat the code, the token or the assertion that it refuses
function without(secrets: readonly string[], text: string): string {
  return secrets
    .filter(Boolean)
    .reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text)
    .replace(JWT, '[redacted]');
}
