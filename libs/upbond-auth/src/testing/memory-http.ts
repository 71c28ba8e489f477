import type { JSONWebKeySet } from 'jose';
import type { Http } from '../authorization-server/http.js';
import { unavailable } from '../authorization-server/unavailable.js';

/**
 * An authorization server without a network: it has keys, and nothing else. Every other request fails as
 * if the server were down, and is reported, because an application may well pass over that.
 */
export function memoryHttp(
  jwksUri: string,
  jwks: JSONWebKeySet,
  report: (message: string) => void,
): Http {
  return {
    fetch: async (url, { method }) => {
      if (method === 'GET' && url === jwksUri) return Response.json(jwks);
      const asked = `${method} ${url.replace(/[?#].*$/s, '')}`;
      const message = `${asked} is not answered: nestjs-upbond-auth/testing has no network. Test what needs Login 3.0 itself, such as a login, with upbond-emulator.`;
      report(message);
      throw unavailable(message);
    },
    close: () => {},
  };
}
