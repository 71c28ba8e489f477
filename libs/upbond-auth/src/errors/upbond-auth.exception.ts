import { HttpException } from '@nestjs/common';
import { ERROR_CODES, type UpbondAuthErrorCode } from './error-codes.js';

/** What only developers and logs may see of an {@link UpbondAuthException}. */
export interface UpbondAuthExceptionOptions {
  /** Explanation for the log. It may quote text from outside, on one line, cut and escaped. */
  detail?: string;
  /** The error that led to this one. */
  cause?: unknown;
  /** Response headers that belong to the answer, such as `WWW-Authenticate` or `Retry-After`. */
  headers?: Readonly<Record<string, string>>;
  /** Seconds that the authorization server asked to wait (RFC 9110 §10.2.3), when it did. */
  retryAfterSeconds?: number;
}

/**
 * The one exception of this library: everything that goes wrong with a request ends here, with a
 * stable {@link UpbondAuthErrorCode | code}.
 *
 * It is an `HttpException`, so an application's own exception filter handles it like any other; the
 * built-in filter answers JSON `{ statusCode, error, message }` to programs and a plain HTML page to
 * people.
 *
 * **Security**: `message` is fixed text and safe to show. `detail` and `cause` can quote what an
 * authorization server or a browser sent: log them, never render them.
 */
export class UpbondAuthException extends HttpException {
  /** The stable code, for example `state_mismatch`. */
  readonly code: UpbondAuthErrorCode;
  /** Explanation for the log; never part of an answer. */
  readonly detail: string | undefined;
  /** Response headers that belong to the answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** Seconds that the authorization server asked to wait, at most a day; absent when it did not say. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: UpbondAuthErrorCode, options: UpbondAuthExceptionOptions = {}) {
    const { status, message } = ERROR_CODES[code];
    super({ statusCode: status, error: code, message }, status, { cause: options.cause });
    this.code = code;
    this.detail = options.detail;
    this.headers = options.headers ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** What a log says of an exception. */
export function logLineOf({ code, detail, cause }: UpbondAuthException): string {
  const because = cause instanceof Error ? ` (${cause.name}: ${cause.message})` : '';
  return `${code}${detail ? `: ${detail}` : ''}${because}`;
}

/** Whether an error is ours and has this code. */
export function hasCode(error: unknown, code: UpbondAuthErrorCode): boolean {
  return error instanceof UpbondAuthException && error.code === code;
}

const MAX_QUOTED = 200;

/** Makes text from outside fit for a log line: one line, bounded, control characters escaped. */
export function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : typeof value;
  return JSON.stringify(text.slice(0, MAX_QUOTED)).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** What an error says, whatever was thrown. For logs only: it can quote text from outside. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
