import { StaleConnectionError } from './http-exchange.js';
import type { Http } from './http.js';

/** For requests that are idempotent: what a closed connection swallowed is sent again, once. */
export function repeatable(send: Http['fetch']): Http['fetch'] {
  return async (url, init) => {
    try {
      return await send(url, init);
    } catch (error) {
      if (error instanceof Error && error.cause instanceof StaleConnectionError) {
        return send(url, init);
      }
      throw error;
    }
  };
}
