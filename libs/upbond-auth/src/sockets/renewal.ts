import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { Caller } from '../guard/caller.js';
import type { Connection } from './connection.js';
import { refusalOf } from './door.js';

/** The message with a newer access token, `{ token }`, and its answer. */
export const RENEW = 'upbond:renew';
const RENEWED = 'upbond:renewed';

/**
 * Goes on with a newer access token of the same subject. Whatever is not accepted ends the connection,
 * so that nobody can try tokens on it; when the keys cannot be had it stays open.
 *
 * @param identify who a token is from; throws like a handshake
 * @throws UpbondAuthException with the code of the refusal
 */
export async function renew(
  connection: Connection | undefined,
  identify: (connection: Connection) => Promise<Caller>,
): Promise<Caller> {
  const current = connection?.caller;
  if (!connection || !current || current.session || connection.isRenewing) {
    throw new UpbondAuthException('invalid_request', {
      detail: 'only a connection that a token opened can be renewed, once at a time',
    });
  }
  connection.isRenewing = true;
  try {
    const caller = await identify(connection);
    if (caller.sub !== current.sub) {
      throw new UpbondAuthException('invalid_token', { detail: 'renewal with another subject' });
    }
    connection.renew(caller);
    return caller;
  } catch (error) {
    const { code } = asException(error);
    if (code !== 'temporarily_unavailable') connection.end(code);
    throw error;
  } finally {
    connection.isRenewing = false;
  }
}

/** A hook of the application that failed says nothing about the token. */
function asException(error: unknown): Pick<UpbondAuthException, 'code'> {
  return error instanceof UpbondAuthException ? error : { code: 'temporarily_unavailable' };
}

/** Whether the client waits for an acknowledgement, as clients of socket.io can; else it gets a message. */
export function renewedAnswer(caller: Caller, acknowledges: boolean): object {
  const data = { expiresAt: caller.expiresAt };
  return acknowledges ? data : { event: RENEWED, data };
}

export function refusedAnswer(error: unknown, acknowledges: boolean): object {
  const isOurs = error instanceof UpbondAuthException;
  const data = isOurs
    ? refusalOf(error.code, error.message)
    : { status: 'error', message: 'Internal server error' };
  return acknowledges ? data : { event: 'exception', data };
}
