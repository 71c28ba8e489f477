import { UpbondAuthException } from '../errors/upbond-auth.exception.js';

/** What `@nestjs/apollo` calls the statuses that it has codes for; all others are its last one. */
const CODES: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
};

/**
 * A refusal as a GraphQL error: `extensions` are those that `@nestjs/apollo` would make of any
 * `HttpException`, so that clients get the same over HTTP and over a WebSocket, where nobody makes them.
 */
export class GraphqlException extends UpbondAuthException {
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor(error: UpbondAuthException, { isHttp }: { readonly isHttp: boolean }) {
    const { code, detail, headers, cause } = error;
    super(code, { ...(detail !== undefined && { detail }), headers, cause });
    // Apollo shows stacks during development, and a refusal is no mistake whose place matters
    this.stack = `${this.name}: ${this.message}`;
    const status = this.getStatus();
    this.extensions = {
      code: CODES[status] ?? 'INTERNAL_SERVER_ERROR',
      ...(!(status in CODES) && { status }),
      originalError: this.getResponse(),
      ...(isHttp && { http: { status, headers: lowerCased(headers) } }),
    };
  }
}

/** Apollo takes a map, with names in lower case, for its answer and out of the extensions. */
function lowerCased(headers: Readonly<Record<string, string>>): Map<string, string> {
  return new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
