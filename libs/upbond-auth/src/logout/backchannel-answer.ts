import { UpbondAuthException } from '../errors/upbond-auth.exception.js';

/** What the sender of a logout token is told. */
export interface BackchannelAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object | undefined;
}

// Back-Channel Logout 1.0 §2.8
const NO_STORE = { 'Cache-Control': 'no-store' };
const RETRY_AFTER_SECONDS = '30';

export function backchannelSuccess(): BackchannelAnswer {
  return { status: 200, headers: NO_STORE, body: undefined };
}

/**
 * §2.8: 400 with OAuth's error members, and our stable code beside them.
 *
 * What fails for now, without keys or without the session store, is 503 instead: a 400 would tell the
 * sender that the token is bad, and §2.5 lets it send a token again only after failures that it takes
 * for recoverable.
 */
export function backchannelFailure(error: unknown): BackchannelAnswer {
  const known = error instanceof UpbondAuthException ? error : temporary(error);
  const { code, message, headers } = known;
  const isBad = known.getStatus() < 500;
  return {
    status: isBad ? 400 : 503,
    headers: { ...NO_STORE, ...(!isBad && { 'Retry-After': RETRY_AFTER_SECONDS, ...headers }) },
    body: {
      error: isBad ? 'invalid_request' : 'temporarily_unavailable',
      error_description: message,
      code,
    },
  };
}

function temporary(cause: unknown): UpbondAuthException {
  return new UpbondAuthException('temporarily_unavailable', { cause });
}
