import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { logLineOf, UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { refusalOf } from './door.js';

/** What both libraries call a client. */
interface Client {
  readonly readyState?: unknown;
  send?(text: string): void;
  emit?(event: string, data: object): void;
}

/**
 * Tells a client by the event `exception` why its message was refused, as Nest does with its own
 * exceptions. A filter of the application that catches the type, or everything, replaces it.
 */
@Catch(UpbondAuthException)
export class SocketFilter implements ExceptionFilter<UpbondAuthException> {
  readonly #logger = new Logger('UpbondAuth');

  catch(exception: UpbondAuthException, host: ArgumentsHost): void {
    if (host.getType() !== 'ws') throw exception;
    this.#logger.debug(logLineOf(exception));
    const { code, message } = exception;
    const ws = host.switchToWs();
    const cause = { pattern: ws.getPattern(), data: ws.getData<unknown>() };
    tell(ws.getClient<Client>(), { ...refusalOf(code, message), cause });
  }
}

/** A client of `ws` has an `emit` as well, but it stays on this side. */
function tell(client: Client, data: object): void {
  const event = 'exception';
  if (typeof client.readyState === 'number') client.send?.(JSON.stringify({ event, data }));
  else client.emit?.(event, data);
}
