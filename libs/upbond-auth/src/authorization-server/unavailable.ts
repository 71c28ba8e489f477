import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { retryAfterSeconds } from './retry-after.js';

/** The authorization server did not answer, or not in a way that says anything. */
export function unavailable(detail: string, cause?: unknown): UpbondAuthException {
  return new UpbondAuthException('temporarily_unavailable', { detail, cause });
}

/** Throws for the statuses that mean "not now": 5xx and 429. */
export function assertAvailable(response: Response, what: string, hint = ''): void {
  if (response.status < 500 && response.status !== 429) return;
  const seconds = retryAfterSeconds(response.headers);
  throw new UpbondAuthException('temporarily_unavailable', {
    detail: `${what} answered ${response.status}${hint}`,
    ...(seconds !== undefined && {
      retryAfterSeconds: seconds,
      headers: { 'Retry-After': String(seconds) },
    }),
  });
}
