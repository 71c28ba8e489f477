/** What a challenge says, in this order. */
export interface Challenge {
  readonly realm: string;
  /** RFC 6750 §3.1, RFC 9470 §3; absent when there were no credentials at all. */
  readonly error?: string | undefined;
  /** Scope values that are needed. */
  readonly scope?: string | undefined;
  /** RFC 9470 §3 */
  readonly acr_values?: string | undefined;
  /** RFC 9470 §3 */
  readonly max_age?: string | undefined;
  /** RFC 9728 §5.1 */
  readonly resource_metadata?: string | undefined;
}

/** The value of `WWW-Authenticate` (RFC 6750 §3). Says what is needed, never why a token was refused. */
export function bearerChallenge(challenge: Challenge): string {
  const { realm, error, scope, acr_values, max_age, resource_metadata } = challenge;
  const parameters = Object.entries({ realm, error, scope, acr_values, max_age, resource_metadata })
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([name, value]) => `${name}=${quotedString(value)}`);
  return `Bearer ${parameters.join(', ')}`;
}

/** RFC 9110 §5.6.4; what a quoted string cannot hold is left out, line breaks first of all. */
function quotedString(value: string): string {
  return `"${value.replace(/[^\x20-\x7e]/g, '').replace(/["\\]/g, '\\$&')}"`;
}
