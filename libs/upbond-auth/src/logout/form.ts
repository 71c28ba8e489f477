import type { IncomingHttpHeaders } from 'node:http';
import { single } from '../exchange/exchange.js';

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

/** The text of a field that was sent exactly once; parsers make lists and objects of the rest. */
export function field(body: unknown, name: string): string | undefined {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, name)) return undefined;
  const value: unknown = (body as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : undefined;
}

/** The text of a form field or, without one, of a query parameter. */
export function fieldOrParameter(
  body: unknown,
  query: URLSearchParams,
  name: string,
): string | undefined {
  return field(body, name) ?? single(query, name);
}
