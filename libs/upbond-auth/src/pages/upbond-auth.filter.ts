import { Catch, Inject, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { IncomingHttpHeaders } from 'node:http';
import { throwError, type Observable } from 'rxjs';
import { acceptsHtml } from '../exchange/navigation.js';
import { UPBOND_AUTH_CONFIG } from '../options/config.provider.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { PAGE_HEADERS, renderPage } from './page.js';
import { logLineOf, UpbondAuthException } from '../errors/upbond-auth.exception.js';

/**
 * Answers an {@link UpbondAuthException}: a plain page to people, JSON to programs, an error object to
 * clients of a microservice.
 *
 * It is a global filter for this one type, and the last one that Nest asks: a filter of the application
 * that catches the type, or everything, replaces it.
 */
@Catch(UpbondAuthException)
export class UpbondAuthFilter implements ExceptionFilter<UpbondAuthException> {
  readonly #logger = new Logger('UpbondAuth');

  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(UPBOND_AUTH_CONFIG) private readonly config: UpbondAuthConfig,
  ) {}

  catch(exception: UpbondAuthException, context: ArgumentsHost): void | Observable<never> {
    this.log(exception);
    const type = context.getType();
    if (type === 'rpc') return packetError(exception);
    if (type !== 'http') throw exception;
    const http = context.switchToHttp();
    this.answer(exception, http.getRequest(), http.getResponse());
  }

  private answer(
    exception: UpbondAuthException,
    request: { readonly headers: IncomingHttpHeaders },
    response: unknown,
  ): void {
    const adapter = this.host.httpAdapter;
    if (adapter.isHeadersSent(response)) return;
    // A challenge is for a program to answer (RFC 9110 §11.6.1)
    const isChallenge = 'WWW-Authenticate' in exception.headers;
    const forPeople = !isChallenge && acceptsHtml(request.headers);
    const headers = {
      'Cache-Control': 'private, no-store',
      ...exception.headers,
      ...(forPeople && PAGE_HEADERS),
    };
    for (const [name, value] of Object.entries(headers)) adapter.setHeader(response, name, value);
    const body = forPeople
      ? pageFor(exception, this.config.defaultReturnTo)
      : exception.getResponse();
    adapter.reply(response, body, exception.getStatus());
  }

  private log(exception: UpbondAuthException): void {
    const line = logLineOf(exception);
    if (exception.getStatus() >= 500) this.#logger.warn(line);
    else this.#logger.debug(line);
  }
}

/** What Nest sends as the error of a reply, in the shape that it gives to an `RpcException`. */
function packetError({ code, message }: UpbondAuthException): Observable<never> {
  return throwError(() => ({ status: 'error', code, message }));
}

function pageFor({ code, message }: UpbondAuthException, href: string): string {
  return renderPage({
    title: code.startsWith('insufficient_') ? 'Not allowed' : 'Sign-in did not work',
    text: message,
    link: { href, label: 'Go to the start page' },
    footnote: `Code: ${code}`,
  });
}
