const LONGEST_SECONDS = 86_400;

/**
 * How many seconds an answer asks to wait (RFC 9110 §10.2.3), at most a day; `undefined` when it does
 * not say, or nothing that can be understood. A date is read against the answer's own `Date`, so that
 * the two clocks need not agree.
 *
 * @param now milliseconds since the epoch, for an answer without a `Date`
 */
export function retryAfterSeconds(headers: Headers, now = Date.now()): number | undefined {
  const value = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+$/.test(value)) return bounded(Number(value));
  const until = httpDate(value);
  if (until === undefined) return undefined;
  const answeredAt = httpDate(headers.get('date')?.trim() ?? '') ?? now;
  const seconds = Math.ceil((until - answeredAt) / 1000);
  return seconds > 0 ? bounded(seconds) : undefined;
}

function bounded(seconds: number): number {
  return Math.min(seconds, LONGEST_SECONDS);
}

// RFC 9110 §5.6.7, the form that senders must use; Date.parse() alone takes almost anything for a date
const IMF_FIXDATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

function httpDate(value: string): number | undefined {
  const time = IMF_FIXDATE.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
