import { UpbondAuthException } from '../errors/upbond-auth.exception.js';

const LONGEST_RETRY_AFTER_SECONDS = 86_400;

/** The authorization server did not answer, or not in a way that says anything. */
export function unavailable(detail: string, cause?: unknown): UpbondAuthException {
  return new UpbondAuthException('temporarily_unavailable', { detail, cause });
}

/** Throws for the statuses that mean "not now": 5xx and 429. */
export function assertAvailable(response: Response, what: string, hint = ''): void {
  if (response.status < 500 && response.status !== 429) return;
  throw new UpbondAuthException('temporarily_unavailable', {
    detail: `${what} answered ${response.status}${hint}`,
    headers: retryAfter(response),
  });
}

// RFC 9110 §10.2.3; the date form is dropped: it would be compared with another machine's clock
function retryAfter(response: Response): Record<string, string> {
  const value = response.headers.get('retry-after') ?? '';
  const isSane = /^\d{1,5}$/.test(value) && Number(value) <= LONGEST_RETRY_AFTER_SECONDS;
  return isSane ? { 'Retry-After': value } : {};
}
