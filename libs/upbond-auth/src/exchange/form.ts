import type { IncomingHttpHeaders } from 'node:http';
import { single } from './exchange.js';

/** A request with its body as the platform's own parser read it; Express and Fastify agree on both. */
export interface RequestWithBody {
  readonly headers: IncomingHttpHeaders;
  readonly body?: unknown;
}

/** Whether the body is an HTML form's (URL Standard §5). */
export function isForm({ headers }: Pick<RequestWithBody, 'headers'>): boolean {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  return type.trim().toLowerCase() === 'application/x-www-form-urlencoded';
}

/**
 * The fields of a form, as a query has them. Parsers make lists and objects of fields that were repeated
 * or had brackets in their names: such a field comes twice here, so that nobody takes it for a single one.
 */
export function formParameters(body: unknown): URLSearchParams {
  const parameters = new URLSearchParams();
  if (typeof body !== 'object' || body === null) return parameters;
  for (const [name, value] of Object.entries(body)) {
    const values = typeof value === 'string' ? [value] : ['', ''];
    for (const one of values) parameters.append(name, one);
  }
  return parameters;
}

/** The text of a form field or, without one, of a query parameter. */
export function fieldOrParameter(
  body: unknown,
  query: URLSearchParams,
  name: string,
): string | undefined {
  return single(formParameters(body), name) ?? single(query, name);
}
