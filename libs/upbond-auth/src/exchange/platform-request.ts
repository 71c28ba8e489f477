import type { IncomingHttpHeaders } from 'node:http';

/** The platform's own request; Express and Fastify agree on these members. */
export interface PlatformRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** Of Express, whose request is Node's own. */
  readonly rawHeaders?: readonly string[];
  /** Node's own request behind that of Fastify. */
  readonly raw?: { readonly rawHeaders?: readonly string[] };
}
