import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { quoted, type UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { startDeadline, type Deadline } from './deadline.js';
import type { Outgoing } from './http-exchange.js';
import { exchangeRepeatably, isRepeatable } from './repeatable-exchange.js';
import { unavailable } from './unavailable.js';

/** What a request may carry: the part of `oauth4webapi`'s custom fetch options that is used. */
export interface HttpInit {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: URLSearchParams | string | null | undefined;
  readonly signal?: AbortSignal | undefined;
  /** That of the work which this request is a part of, instead of one of its own. */
  readonly deadline?: Deadline | undefined;
  /** Tries once more, within the same deadline, when no byte of the request can have left. */
  readonly repeatUnsent?: boolean;
}

/** Everything that leaves for the authorization server goes through one of these. */
export interface Http {
  /**
   * Rejects with `temporarily_unavailable` for every failure of the transport; an answer with any
   * status is an answer. Redirects are handed back, never followed (RFC 9700 §4.12).
   */
  readonly fetch: (url: string, init: HttpInit) => Promise<Response>;
  /** Closes kept connections. */
  close(): void;
}

/** Limits of {@link createHttp}. */
export interface HttpOptions {
  /** Total time for one request: name resolution, connection, TLS, headers and body. */
  readonly deadlineSeconds: number;
  /** Largest body, on the wire and decoded. @default 1 MiB */
  readonly maxBytes?: number;
}

const MEBIBYTE = 1_048_576;
// Shorter than the 5 s after which Node and many proxies close an idle connection
const IDLE_MILLISECONDS = 4_000;

/** Makes a `customFetch` for `oauth4webapi` with a deadline, a size limit and kept connections. */
export function createHttp({ deadlineSeconds, maxBytes = MEBIBYTE }: HttpOptions): Http {
  const kept = { keepAlive: true, timeout: IDLE_MILLISECONDS };
  const agents = { http: new HttpAgent(kept), https: new HttpsAgent(kept) };
  let isClosed = false;
  return {
    async fetch(url, init) {
      const deadline = init.deadline ?? startDeadline(deadlineSeconds, init.signal ?? undefined);
      try {
        const target = new URL(url);
        const agent = target.protocol === 'https:' ? agents.https : agents.http;
        const bounds = { agent, maxBytes, deadline };
        const mayRepeat = (error: unknown) => !isClosed && isRepeatable(init, error);
        return await exchangeRepeatably(target, outgoing(init), bounds, mayRepeat);
      } catch (error) {
        throw failure(url, init.method, error);
      } finally {
        // Somebody else's goes on, but has nothing more to tell this request
        if (deadline === init.deadline) deadline.onOver(() => {});
        else deadline.stop();
      }
    },
    close() {
      isClosed = true;
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

function outgoing({ method, headers, body }: HttpInit): Outgoing {
  // Answers are a few kilobytes: decoding costs more than it saves
  return {
    method,
    headers: { 'accept-encoding': 'identity', ...headers },
    body: body?.toString(),
  };
}

function failure(url: string, method: string, error: unknown): UpbondAuthException {
  const { message, code } = (error ?? {}) as { message?: unknown; code?: unknown };
  // The parser's errors carry the bytes of the answer, which can be tokens
  if (error instanceof Error && 'rawPacket' in error) delete error.rawPacket;
  const endpoint = url.replace(/[?#].*$/s, '');
  return unavailable(`${method} ${quoted(endpoint)} failed: ${quoted(message || code)}`, error);
}
