import { createClient, type Client } from 'graphql-ws';
import { WebSocket, type ClientOptions } from 'ws';
import type { BearerApplication } from '../bearer/fixture.js';
import { until } from '../support/waiting.js';
import type { UserAgent } from '../support/user-agent.js';
import { events, outcome, type GraphqlAnswer } from './fixture.js';

export interface Connecting {
  readonly connectionParams?: Record<string, unknown>;
  readonly headers?: Record<string, string>;
}

/** How a connection ended. */
export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** A client of graphql-ws that never connects again. */
export class GraphqlSocket {
  readonly #client: Client;
  readonly closed: Promise<Closed>;

  constructor(app: BearerApplication, { connectionParams, headers = {} }: Connecting = {}) {
    let close: (closed: Closed) => void;
    this.closed = new Promise((resolve) => (close = resolve));
    class SocketWithHeaders extends WebSocket {
      constructor(url: string, protocols: string[], options?: ClientOptions) {
        super(url, protocols, { ...options, headers });
      }
    }
    this.#client = createClient({
      url: `${app.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: SocketWithHeaders,
      retryAttempts: 0,
      ...(connectionParams && { connectionParams }),
      on: { closed: (event) => close(event as Closed) },
    });
  }

  /** The outcome of an operation: its first value, its refusal, or how the connection ended. */
  async first(query: string): Promise<unknown> {
    const iterator = this.#client.iterate({ query });
    let isAnswered = false;
    const answer = iterator
      .next()
      .then(({ value }: { value?: unknown }) => outcomeOf(value as Partial<GraphqlAnswer>))
      .catch(closeCodeOf)
      .finally(() => (isAnswered = true));
    // Nobody hears what was published before the subscription listens
    await until(async () => {
      await events.publish('tick', {});
      return isAnswered;
    });
    await iterator.return?.();
    return answer;
  }

  /** Begins a subscription and answers once it listens. */
  async listen(query: string): Promise<void> {
    const before = events.listeners;
    const iterator = this.#client.iterate({ query });
    iterator.next().catch(() => undefined);
    await until(async () => events.listeners > before, 'nobody listens');
  }

  async dispose(): Promise<void> {
    await this.#client.dispose();
  }
}

/** What the browser of a signed-in user sends with an upgrade. */
export async function upgradeHeaders(
  app: BearerApplication,
  agent: UserAgent,
  origin?: string,
): Promise<Record<string, string>> {
  const cookie = await agent.cookies.getCookieString(app.url);
  return { cookie, ...(origin !== undefined && { origin }) };
}

function outcomeOf({ data, errors = [] }: Partial<GraphqlAnswer>): unknown {
  return outcome({ data, errors });
}

function closeCodeOf(error: unknown): string {
  const isClosed = typeof error === 'object' && error !== null && 'code' in error;
  if (!isClosed) throw error;
  return `closed ${String(error.code)}`;
}
